"""The No-U-Turn sampler in a flow's latent space."""

from typing import Any

import jax

from surjax.arguments import count, require_keys
from surjax.compilation import large_batch_jit
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.inference.chains import Chains, diagnosed
from surjax.inference.diagnostics import arviz
from surjax.inference.latent_density import LatentDensity
from surjax.promotion import promoting
from surjax.typing import Array, PRNGKey


def blackjax() -> Any:
    """The package blackjax, or ConfigError where it is not installed."""
    try:
        import blackjax  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise ConfigError(
            "nuts needs the package blackjax, which is not installed: `pip install 'surjax[inference]'`."
        ) from error
    return blackjax


@promoting
def nuts(
    flow: Flow,
    log_density: Any,
    key: Any,
    *,
    chains: int = 4,
    steps: int = 1000,
    warmup: int = 500,
    target_acceptance: float = 0.8,
) -> Chains:
    """Chains of the target by the No-U-Turn sampler, run where the flow has made it simple (Hoffman et al.
    2019).

    It walks in the noise u that the flow makes x of, standard normal where the flow is the target, with

        log π(u) = log p̃(x(u)) + log |det ∂x/∂u|

    The sampler (Hoffman and Gelman 2014), its step size and its mass matrix are blackjax's, each chain's its
    own; all chains run in one compiled program, from draws of the flow.

    Args:
        flow: a bijection over a base that is made of normal noise, or `UniformTorus`.
        log_density: ONE point → log p̃(x), differentiable, as for `fit_density`.
        key: of every draw.
        chains: how many, side by side, at least 2.
        steps: how many draws each gives.
        warmup: how many steps the step size and the mass matrix are adapted over before them.
        target_acceptance: what acceptance the step size is adapted to; nearer 1, steps are smaller.

    `LatentDensity` is log π, for samplers of one's own choice. Chains that have not mixed, and steps that
    diverged, are told by warnings. Needs surjax[inference]. Raises ConfigError where the flow is no such
    bijection, or log_density gives no single number.

    >>> import surjax as sx
    >>> flow = sx.Flow(sx.Normal((2,)), sx.Affine((2,), 0.5))
    >>> def log_density(x):
    ...     return -0.5 * (x**2).sum()
    >>> nuts(flow, log_density, jax.random.key(0), steps=1000, warmup=200).x.shape
    (4, 1000, 2)
    """
    chains, steps = count(chains, "chains", 2), count(steps, "steps", 4)
    warmup = count(warmup, "warmup", 1)
    if not 0 < target_acceptance < 1:
        raise ConfigError(f"target_acceptance is {target_acceptance} and must be above 0 and below 1.")
    arviz()
    blackjax()
    latent = LatentDensity(flow, log_density)
    keys = jax.random.split(require_keys(key, ()), chains)
    x, acceptance, diverged = _run(latent, keys, steps, warmup, float(target_acceptance))
    return diagnosed(x, acceptance.mean(1), int(diverged.sum()))


@large_batch_jit
def _run(
    latent: LatentDensity, keys: Array, steps: int, warmup: int, target_acceptance: float
) -> tuple[Any, Array, Array]:
    """(x, acceptance, whether a step diverged), each (chains, steps, …)."""
    engine = blackjax()

    def chain(key: PRNGKey) -> tuple[Any, Array, Array]:
        start_key, warmup_key, key = jax.random.split(key, 3)
        adaptation = engine.window_adaptation(
            engine.nuts, latent, target_acceptance_rate=target_acceptance, adaptation_info_fn=_nothing
        )
        (state, parameters), _ = adaptation.run(warmup_key, latent.start(start_key), warmup)
        kernel = engine.nuts(latent, **parameters).step

        def step(state: Any, key: PRNGKey) -> tuple[Any, tuple[Any, Array, Array]]:
            state, info = kernel(key, state)
            return state, (latent.to_x(state.position), info.acceptance_rate, info.is_divergent)

        return jax.lax.scan(step, state, jax.random.split(key, steps))[1]

    return jax.vmap(chain)(keys)


def _nothing(*_: Any) -> None:
    return None
