"""The uniform distribution."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import ArrayLike

from surjax.distributions.base import Factorized
from surjax.errors import ConfigError
from surjax.parameters import Fixed, value
from surjax.typing import Array, Context, Floats, Numbers, PRNGKey, Shape


class Uniform(Factorized):
    """The uniform distribution on a box, [0, 1) for each element by default.

        log p(x_i) = −log(high_i − low_i)   for low_i ≤ x_i ≤ high_i,   −∞ outside, NaN of NaN

    Draws lie in [low, high). The upper end itself is scored as the inside is (it has no mass): a
    bijection onto the box may round to it. The bounds are not trained. The parameters that a network
    gives are low and log(high − low). Raises ConfigError where the box is empty.

    >>> import surjax as sx
    >>> sx.Uniform((2,), -4.0, 4.0).log_prob(jax.numpy.zeros(2))
    Array(-4.158883, dtype=float32)
    """

    low: Array | Fixed
    high: Array | Fixed
    shape: Shape = eqx.field(static=True)

    def __init__(self, shape: Shape, low: ArrayLike = 0.0, high: ArrayLike = 1.0):
        if isinstance(low, int | float) and isinstance(high, int | float) and not low < high:
            raise ConfigError(f"a box from {low} to {high} was asked for: low must be below high.")
        self.shape = tuple(shape)
        self.low = Fixed(jnp.broadcast_to(jnp.asarray(low, float), shape))
        self.high = Fixed(jnp.broadcast_to(jnp.asarray(high, float), shape))

    @property
    def num_params(self) -> int:
        """2: the lower bound and the log of the width."""
        return 2

    def with_parameters(self, h: Floats) -> "Uniform":
        """low = h[..., 0] and high = low + exp(h[..., 1])."""
        low, high = h[..., 0], h[..., 0] + jnp.exp(h[..., 1])
        return eqx.tree_at(lambda d: (d.low, d.high), self, (low, high))

    def log_prob_elements(self, x: Numbers, context: Context = None) -> Numbers:
        """log p(x_i), in nats."""
        low, high = value(self.low), value(self.high)
        # a narrow box far from 0 may round to a point
        width = jnp.maximum(high - low, jnp.finfo(low.dtype).tiny)
        inside = jnp.where((x >= low) & (x <= high), -jnp.log(width), -jnp.inf)
        return jnp.where(jnp.isnan(x), jnp.nan, inside)

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Array:
        """x in [low, high); the temperature has no meaning here."""
        low, high = value(self.low), value(self.high)
        x = low + (high - low) * jax.random.uniform(key, self.shape, low.dtype)
        last = jnp.nextafter(*jax.lax.stop_gradient((high, low)))
        return jnp.minimum(x, last)  # the sum may round up to the end
