"""Parameters drawn from a prior, and what a simulator makes of them."""

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, runtime_checkable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from surjax.arguments import count
from surjax.chunks import CHUNK, map_in_chunks
from surjax.errors import ConfigError, DataError, ShapeError
from surjax.typing import Array, PRNGKey, Scalar

Simulator = Callable[[Any, Any], Any]
"""(key, θ) → x: ONE data set of fixed shape, given one θ of shape (D,)."""


@runtime_checkable
class Prior(Protocol):
    """What can be a prior p(θ): any `Distribution` of vectors, or an object with these two methods."""

    def sample(self, key: PRNGKey, /) -> Array:
        """Draw one θ, of shape (D,)."""
        ...

    def log_prob(self, theta: Array, /) -> Scalar:
        """log p(θ) in nats, −∞ outside of the prior's support."""
        ...


class Simulations(NamedTuple):
    """theta: (n, D). x: (n, …), what the simulator made of each. dropped: how many were not finite, and are
    not among these."""

    theta: Array
    x: Array
    dropped: int


def prior_size(prior: Any) -> int:
    """D, how many parameters a prior has.

    Raises ConfigError where it does not draw vectors or has no log-density.
    """
    try:
        theta = jax.eval_shape(prior.sample, jax.random.key(0))
        density = jax.eval_shape(prior.log_prob, theta)
    except Exception as error:
        raise ConfigError(
            f"the prior, {type(prior).__name__}, does not sample ({_first_line(error)}): give a distribution "
            "with sample(key) → θ of shape (D,) and log_prob(θ) → a number, such as sx.Uniform((D,), low, "
            "high)."
        ) from error
    if getattr(theta, "ndim", None) != 1 or getattr(density, "shape", None) != ():
        raise ConfigError(
            f"the prior, {type(prior).__name__}, draws θ of shape {getattr(theta, 'shape', None)}, of a "
            f"log-density of shape {getattr(density, 'shape', None)}: they must be (D,) and ()."
        )
    return theta.shape[0]


def draw(prior: Prior, key: PRNGKey, n: int) -> Array:
    """n draws from a prior: shape (n, D)."""
    return _draw(prior, jax.random.split(key, count(n, "the number of simulations", 1)))


@eqx.filter_jit
def _draw(prior: Prior, keys: Array) -> Array:
    return jax.vmap(prior.sample)(keys)


@eqx.filter_jit
def inside(prior: Prior, theta: Array) -> Array:
    """Whether the prior's density is above 0, for theta of shape (…, D)."""
    flat = jax.vmap(prior.log_prob)(theta.reshape(-1, theta.shape[-1]))
    return (flat > -jnp.inf).reshape(theta.shape[:-1])


def simulate(simulator: Simulator, theta: Array, key: PRNGKey, most_dropped: float = 0.1) -> Simulations:
    """What the simulator makes of each row of theta, shape (n, D).

    A simulator that JAX can trace runs as one compiled program; another one, of NumPy say, is called once for
    each row, with the key's two numbers as a NumPy array to seed its generator and θ as another, which is
    told. Rows whose x is not finite are dropped, which is told too.

    Raises:
        ShapeError: x differs in shape from one θ to the next, or is no array of numbers.
        DataError: more than the share most_dropped of the rows are not finite.

    >>> import jax, surjax as sx
    >>> def simulator(key, theta):
    ...     return theta + jax.random.normal(key, (2,))
    >>> theta = jax.numpy.zeros((5, 2))
    >>> sx.inference.simulate(simulator, theta, jax.random.key(0)).x.shape
    (5, 2)
    """
    keys = jax.random.split(key, len(theta))
    try:
        shape = jax.eval_shape(simulator, keys[0], theta[0])
    except _NOT_TRACED as error:
        warnings.warn(
            f"the simulator is no program of JAX ({type(error).__name__}): it is called once for each "
            "parameter, which is slower.",
            stacklevel=3,
        )
        x = _one_by_one(simulator, theta, keys)
    else:
        if not isinstance(shape, jax.ShapeDtypeStruct):
            raise ShapeError("the simulator gives several arrays: make it give one, joined.")
        x = _all_at_once(simulator, theta, keys)
    finite = np.isfinite(np.asarray(x)).reshape(len(x), -1).all(1)
    dropped = int((~finite).sum())
    if dropped > most_dropped * len(theta):
        raise DataError(
            f"the simulator gave numbers that are not finite for {dropped:,} of {len(theta):,} parameters: "
            f"mend it, narrow the prior, or let more be dropped (most_dropped={most_dropped:g})."
        )
    if dropped:
        warnings.warn(
            f"{dropped:,} of {len(theta):,} simulations were not finite and were dropped: the posterior is "
            "that of the prior where the simulator gives numbers.",
            stacklevel=3,
        )
        theta, x = theta[finite], x[finite]
    return Simulations(jnp.asarray(theta), jnp.asarray(x), dropped)


_NOT_TRACED = (
    jax.errors.TracerArrayConversionError,
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.NonConcreteBooleanIndexError,
    TypeError,
)
"""What a function raises that needs the numbers themselves."""


@eqx.filter_jit
def _all_at_once(simulator: Simulator, theta: Array, keys: Array) -> Array:
    return map_in_chunks(lambda both: jax.vmap(simulator)(*both), (keys, theta), len(theta), CHUNK)


def _one_by_one(simulator: Simulator, theta: Array, keys: Array) -> Array:
    seeds, rows = np.asarray(jax.random.key_data(keys)), []
    for seed, row in zip(seeds, np.asarray(theta), strict=True):
        rows.append(np.asarray(simulator(seed, row)))
        if rows[-1].shape != rows[0].shape or rows[-1].dtype == object:
            raise ShapeError(
                f"the simulator gave x of shape {rows[0].shape} and then of {rows[-1].shape}: every x must "
                "be an array of one shape."
            )
    return jnp.asarray(np.stack(rows).astype(np.asarray(theta).dtype))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
