"""Order statistics: the distribution of what a sort leaves behind."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.distributions.base import Distribution
from surjax.errors import ConfigError
from surjax.typing import Array, Context, Key, PRNGKey, Scalar, Shape


class Sorted(Distribution):
    """sort(x) for a vector x of an exchangeable distribution, such as n equal independent normals.

        log p(z) = log n! + log p_x(z)   for z₁ ≤ … ≤ z_n,   −∞ elsewhere      (David and Nagaraja 2003, 2.2)

    That the elements of x are exchangeable is up to the user. Raises ConfigError where x is no vector.

    >>> import jax, surjax as sx
    >>> model = sx.Flow(sx.Sorted(sx.Normal((3,))), sx.Sort(3))  # the standard normal, in two parts
    >>> model.log_prob(jax.numpy.array([2.0, 0.0, 1.0])) - sx.Normal((3,)).log_prob(jax.numpy.arange(3.0))
    Array(0., dtype=float32)
    """

    exchangeable: Distribution
    shape: Shape = eqx.field(static=True)

    def __init__(self, exchangeable: Distribution):
        if len(exchangeable.shape) != 1:
            raise ConfigError(
                f"only vectors are sorted and this distribution has shape {exchangeable.shape}."
            )
        self.exchangeable, self.shape = exchangeable, exchangeable.shape

    @property
    def exact(self) -> bool:
        """Whether the density of x is."""
        return self.exchangeable.exact

    def log_prob(self, x: Array, key: Key = None, context: Context = None) -> Scalar:
        """log p(z), in nats."""
        total = math.lgamma(self.shape[0] + 1) + self.exchangeable.log_prob(x, key, context)
        return jnp.where((x[1:] >= x[:-1]).all(), total, -jnp.inf)

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Array:
        """Sort a draw of x."""
        return jnp.sort(self.exchangeable.sample(key, context=context, temperature=temperature))

    def initialize(self, x: Array, key: Key = None, context: Context = None) -> "Sorted":
        """Initialise the distribution of x on the rows of the batch, each turned by one place more than the
        last: every element of x then is as often the least, and as often the largest."""
        turned = jax.vmap(jnp.roll)(x, jnp.arange(len(x)))
        return self._with(self.exchangeable.initialize(turned, key, context))

    def initialize_sampler(self, n: int, key: PRNGKey, context: Context = None) -> tuple["Sorted", Array]:
        """Initialise the distribution of x, and sort what it draws."""
        exchangeable, x = self.exchangeable.initialize_sampler(n, key, context)
        return self._with(exchangeable), jnp.sort(x, axis=1)

    def _with(self, exchangeable: Distribution) -> "Sorted":
        return eqx.tree_at(lambda order: order.exchangeable, self, exchangeable)
