"""The normal distribution."""

import math

import jax
import jax.numpy as jnp
from jaxtyping import ArrayLike

from surjax.distributions.location_scale import LocationScale
from surjax.typing import Array, Context, Numbers, PRNGKey, Shape


class Normal(LocationScale):
    """N(x; μ, σ²), independent for each element; the standard normal by default.

        log p(x_i) = −½((x_i − μ_i)/σ_i)² − log σ_i − ½ log 2π

    With trainable=True, μ and log σ are learned. `Conditional(Normal(shape), network)` takes both
    from a context.

    >>> import surjax as sx
    >>> sx.Normal((2,)).log_prob(jax.numpy.zeros(2))
    Array(-1.837877, dtype=float32)
    """

    def __init__(
        self,
        shape: Shape,
        loc: ArrayLike = 0.0,
        scale: ArrayLike = 1.0,
        trainable: bool = False,
        tied: Shape | None = None,
    ):
        super().__init__(shape, loc, scale, trainable, tied)

    def standard_log_prob(self, u: Numbers) -> Numbers:
        """−½u² − ½ log 2π."""
        return -0.5 * u * u - 0.5 * math.log(2 * math.pi)

    def standard_sample(self, key: PRNGKey, dtype: jnp.dtype) -> Array:
        """u ~ N(0, 1)."""
        return jax.random.normal(key, self.shape, dtype)

    def to_noise(self, x: Numbers, context: Context = None) -> Numbers:
        """x → (x − μ)/σ."""
        return self.to_standard(x)

    def from_noise(self, noise: Array, context: Context = None) -> Array:
        """noise → μ + σ·noise."""
        return self.from_standard(noise)
