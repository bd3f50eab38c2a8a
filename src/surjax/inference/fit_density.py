"""Fitting a flow to a log-density."""

import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

from surjax.arguments import numbers
from surjax.errors import ConfigError, DataError
from surjax.flow import Flow
from surjax.inference.config import DensityConfig
from surjax.inference.reparametrized import require_reparametrized
from surjax.inference.reverse_kl import ReverseKL
from surjax.inference.target import require_finite_at_samples, require_shape_of_flow, target_of
from surjax.parameters import count_parameters
from surjax.promotion import promoting
from surjax.train.config import TrainConfig
from surjax.train.examples import Examples, require_finite
from surjax.train.feed import Clock
from surjax.train.plan import Plan, make_plan
from surjax.train.session import Callback, Progress, run_training
from surjax.typing import Array, PRNGKey

_EVALUATION_DRAWS = 4096
_BAD_STEPS = "look at log_density and its gradient where the flow's samples are"


class DensityFit(NamedTuple):
    """What `fit_density` gives back.

    flow: the fitted model. exact: whether its log q(x) is exact; where it is not, q is fitted by the bound of
    the divergence that pairs of x and its z give, and so says this. elbo: E_q[log p̃(x) − log q(x)] over the
    draws of the evaluations, a lower bound of log Z in nats, a looser one where not exact; None where data
    took part in the loss. history, compile_seconds, train_seconds, stopped, step, bad_steps: as in
    `surjax.Fit`, with the losses log q(x) − log p̃(x), in nats, of which −log Z is the least that is
    possible.
    """

    flow: Flow
    exact: bool
    elbo: float | None
    history: list[Progress]
    compile_seconds: float
    train_seconds: float
    stopped: str
    step: int
    bad_steps: int


@promoting
def fit_density(
    flow: Flow,
    log_density: Any,
    config: TrainConfig | None = None,
    *,
    data: Any = None,
    optimizer: optax.GradientTransformation | None = None,
    callbacks: Sequence[Callback] = (),
    checkpoints: str | Path | None = None,
) -> DensityFit:
    """Fit a flow q to the density p̃(x)/Z of which the log-density is known but for log Z, without data.

    It lowers the reverse KL divergence, KL(q ‖ p) = E_q[log q(x) − log p̃(x)] + log Z, by its path gradient
    (Roeder et al. 2017), in the one compiled loop of `surjax.fit`, with its progress, checkpoints and Ctrl-C.
    Where modes are far apart, config.start_temperature flattens the target at first, and data that are near
    the density tell where it is. A flow whose support is not the target's needs the map of its support in
    front of its transform: see `support`. Steps that are not finite are skipped, counted and told.

    A flow that is no exact one (augmented, or with a stochastic map) is fitted by the bound that pairs of x
    and its z give, and `DensityFit.exact` says so.

    Args:
        flow: the model, without context.
        log_density: ONE point x → log p̃(x), a number in nats, written with jax.numpy; it is vectorised here.
            Given again with the same flow and settings, but for the seed, the same function is not compiled
            anew.
        config: the settings.
        data: rows of x, (rows, *flow.shape), to be mixed in by config.data_weight.
        optimizer, callbacks, checkpoints: as for `surjax.fit`.

    Raises:
        ConfigError: log_density gives no single number, is not finite at the flow's samples, or settings do
            not go together; what the flow draws has no gradient.
        DataError, ShapeError: the data are not rows of finite points.
        TrainingError, RunError: as `surjax.fit`.

    >>> import jax.numpy as jnp, surjax as sx
    >>> def log_density(x):  # a normal distribution of mean 3 and standard deviation 2, but for its constant
    ...     return -0.5 * (((x - 3.0) / 2.0) ** 2).sum()
    >>> flow = sx.Flow(sx.Normal((2,)), sx.Affine((2,)))
    >>> config = DensityConfig(steps=300, learning_rate=0.05)
    >>> found = fit_density(flow, log_density, config)
    >>> bool(abs(found.elbo - jnp.log(2 * jnp.pi * 4.0)) < 1e-2)  # log Z
    True
    """
    config = config or DensityConfig()
    if not isinstance(config, DensityConfig):
        raise ConfigError(
            f"config is a {type(config).__name__} and must be a surjax.inference.DensityConfig: give one."
        )
    if count_parameters(flow) == 0:
        raise ConfigError("the model has no trained parameters: there is nothing to fit.")
    require_reparametrized(flow)
    target = target_of(log_density, flow)
    gradient = config.gradient
    if gradient == "path" and not flow.exact:
        raise ConfigError(
            "gradient is 'path', and this flow gives a bound of log q(x), which has none: set it to 'auto'."
        )
    if gradient == "auto":
        gradient = "path" if flow.exact else "total"
    objective = ReverseKL(
        target,
        None if data is None else _rows(flow, data),
        config.data_weight,
        gradient,
        config.start_temperature,
        config.anneal,
    )
    draws = config.validation_rows or _EVALUATION_DRAWS
    plan = make_plan(config, config.batch_size, flow.shape, held_out=draws)
    start_key, check_key = jax.random.split(jax.random.fold_in(jax.random.key(config.seed), 4))
    if config.initialize:
        flow = _initialized(flow, plan.initial_rows, start_key)

    def look_at_start(progress: Progress) -> None:
        """The evaluation of the start is of many samples: where it is finite, so was log_density at each."""
        if progress.step == 0 and not math.isfinite(progress.validation_loss):
            require_finite_at_samples(flow, target, check_key)

    fitted = run_training(
        flow,
        Clock(plan),
        Examples(jnp.ones(plan.validation_rows)),
        plan,
        objective,
        optimizer=optimizer,
        callbacks=[look_at_start, *callbacks],
        checkpoints=checkpoints,
        bad_step_advice=_BAD_STEPS,
    )
    if fitted.bad_steps:
        warnings.warn(
            f"{fitted.bad_steps} of {fitted.step} steps had a loss or gradient that was not finite and were "
            f"skipped: {_BAD_STEPS}.",
            stacklevel=3,
        )
    elbo = None if data is not None or not fitted.history else -_chosen_loss(plan, fitted.history)
    rest = fitted._asdict()
    return DensityFit(flow=rest.pop("flow"), exact=flow.exact, elbo=elbo, **rest)


@eqx.filter_jit
def _initialized(flow: Flow, n: int, key: PRNGKey) -> Flow:
    """The flow after the initialisation of what learns from the draws of it; where nothing does, as it is."""
    return flow.initialize_sampler(n, key)[0]


def _chosen_loss(plan: Plan, history: list[Progress]) -> float:
    """The loss of the model that the training ended with, over the draws of its evaluations."""
    last = history[-1]
    return last.best_loss if plan.config.keep_best else last.validation_loss


def _rows(flow: Flow, data: Any) -> Array:
    x = numbers(data, "data")
    require_shape_of_flow(flow, x, "data")
    if len(x) == 0:
        raise DataError("data has no rows: give at least one, or leave it out.")
    require_finite(x, "data")
    return jnp.asarray(x, float)
