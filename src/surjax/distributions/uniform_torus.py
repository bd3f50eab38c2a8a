"""The uniform distribution on the torus."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.distributions.base import Distribution
from surjax.dtypes import as_floats
from surjax.errors import ConfigError
from surjax.typing import Array, Context, Key, Numbers, PRNGKey, Scalar, Shape


class UniformTorus(Distribution):
    """The uniform distribution of angles: the base of flows on circles and tori (Rezende et al. 2020).

        log p(x) = −n log period   for n angles

    An angle is any number, the same as those whole periods away, so that no rounding puts one outside; draws
    lie in [low, high), one period long: [−π, π) by default. Raises ConfigError where the period is not above
    0.

    >>> import surjax as sx
    >>> sx.UniformTorus((2,)).log_prob(jax.numpy.array([0.0, 9.0]))
    Array(-3.675754, dtype=float32)
    """

    shape: Shape = eqx.field(static=True)
    interval: tuple[float, float] = eqx.field(static=True)

    def __init__(self, shape: Shape, interval: tuple[float, float] = (-math.pi, math.pi)):
        if not interval[0] < interval[1]:
            raise ConfigError(
                f"a period from {interval[0]} to {interval[1]} was asked for: low must be below high."
            )
        self.shape, self.interval = tuple(shape), (float(interval[0]), float(interval[1]))

    def log_prob(self, x: Numbers, key: Key = None, context: Context = None) -> Scalar:
        """log p(x), in nats; NaN where an angle is no finite number."""
        low, high = self.interval
        x = as_floats(x)
        return jnp.where(jnp.isfinite(x), jnp.asarray(-math.log(high - low), x.dtype), jnp.nan).sum()

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Array:
        """x in [low, high); the temperature has no meaning here."""
        low, high = self.interval
        return low + (high - low) * jax.random.uniform(key, self.shape)
