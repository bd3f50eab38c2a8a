"""A log-density as it is given: one point, one number."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from surjax.compilation import large_batch_jit
from surjax.dtypes import as_floats
from surjax.errors import ConfigError, ShapeError
from surjax.flow import Flow
from surjax.typing import Array, Keys, Scalar

LogDensity = Callable[[Any], Any]
"""x, ONE point → log p̃(x), a number in nats: of a density that need not integrate to 1."""

CHECKED = 4096
"""At how many samples of a flow a log-density is looked at where an evaluation is not finite."""


class Target(eqx.Module):
    """A log-density that was looked at: one point of the flow's shape gives one real number."""

    log_density: LogDensity

    def __call__(self, x: Any) -> Scalar:
        """log p̃(x) as a float."""
        return as_floats(self.log_density(x))


def target_of(log_density: Any, flow: Flow) -> Target:
    """The target, or ConfigError where the log-density is none of one point of the flow's shape.

    >>> import surjax as sx
    >>> flow = sx.Flow(sx.Normal((2,)), sx.Affine((2,)))
    >>> float(target_of(lambda x: -(x**2).sum(), flow)(jnp.ones(2)))
    -2.0
    """
    if not callable(log_density):
        raise ConfigError(
            f"log_density is a {type(log_density).__name__} and must be a function of one point: give one."
        )
    x = jax.ShapeDtypeStruct(flow.shape, jnp.result_type(float))
    try:
        found = jax.eval_shape(lambda x: jnp.asarray(log_density(x)), x)
    except jax.errors.JAXTypeError as error:
        raise ConfigError(
            "log_density cannot be traced by JAX, because it turns its point into NumPy's or Python's "
            f"numbers ({str(error).splitlines()[0].rstrip('.:')}): write it with jax.numpy."
        ) from error
    real = jnp.issubdtype(found.dtype, jnp.floating) or jnp.issubdtype(found.dtype, jnp.integer)
    if found.shape or not real:
        raise ConfigError(
            f"log_density gives {found.dtype} of shape {found.shape} for one point of shape {flow.shape} "
            "and must give one real number: write it for a single point, without a batch, and sum over the "
            "point's numbers."
        )
    return Target(log_density)


def require_finite_at_samples(flow: Flow, target: Target, key: Any) -> None:
    """ConfigError where the target is not finite at samples of the flow: how many, and which map would do."""
    x, values = (np.asarray(a) for a in _values(flow, target, jax.random.split(key, CHECKED)))
    bad = ~np.isfinite(values)
    if bad.any():
        what = (
            "NaN" if np.isnan(values[bad]).all() else "−∞" if (values[bad] == -np.inf).all() else "not finite"
        )
        raise ConfigError(
            f"log_density is {what} at {bad.sum()} of {CHECKED} samples of the flow"
            + _which_map(x.reshape(CHECKED, -1), bad)
        )


@large_batch_jit
def _values(flow: Flow, target: Target, keys: Keys) -> tuple[Array, Array]:
    x = jax.vmap(flow.sample)(keys)
    return x, jax.vmap(target)(x)


def _which_map(x: np.ndarray, bad: np.ndarray) -> str:
    """The rest of the sentence: the map of the target's support, as the points with finite values show it."""
    which = (
        "begin the flow's transform with the map of the target's support, such as "
        "surjax.inference.support(low, high), positive(), simplex(n) or circular(low, high)."
    )
    good = x[~bad]
    if len(good) == 0:
        return f": {which}"
    bounds, told = [], np.zeros(len(x), bool)
    for i, (column, kept) in enumerate(zip(x.T, good.T, strict=True)):
        below, above = column < kept.min(), column > kept.max()
        least = 0.02 * len(column)  # chance alone leaves a few outside
        if below.sum() > least and above.sum() > least:
            bounds.append(f"number {i} between {kept.min():.3g} and {kept.max():.3g}")
        elif below.sum() > least:
            bounds.append(f"number {i} above {kept.min():.3g}")
        elif above.sum() > least:
            bounds.append(f"number {i} below {kept.max():.3g}")
        told |= below | above
    if not bounds or told[bad].mean() < 0.9:
        return (
            f", and no bounds of single numbers tell where: make it finite wherever the flow is, or {which}"
        )
    listed = ", ".join(bounds[:3]) + (", …" if len(bounds) > 3 else "")
    return (
        f", and finite with {listed} (counted from 0): begin the flow's transform with "
        "surjax.inference.support(low, high) of these bounds, or positive(), simplex(n) or circular(low, "
        "high)."
    )


def require_shape_of_flow(flow: Flow, x: Any, name: str) -> None:
    """ShapeError where rows are not of the flow's shape."""
    if np.ndim(x) < 1 or np.shape(x)[1:] != flow.shape:
        raise ShapeError(
            f"{name} has shape {np.shape(x)} and the flow takes rows of shape {flow.shape}: give one "
            "point a row.",
            wanted=str(flow.shape),
            given=np.shape(x),
        )
