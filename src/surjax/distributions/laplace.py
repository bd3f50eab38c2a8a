"""The Laplace distribution."""

import math

import jax
import jax.numpy as jnp
from jaxtyping import ArrayLike

from surjax.distributions.location_scale import LocationScale
from surjax.typing import Array, Numbers, PRNGKey, Shape


class Laplace(LocationScale):
    """The Laplace distribution, independent for each element.

        log p(x_i) = −|x_i − μ_i|/σ_i − log 2σ_i

    >>> import surjax as sx
    >>> sx.Laplace((1,)).log_prob(jax.numpy.zeros(1))
    Array(-0.6931472, dtype=float32)
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
        """−|u| − log 2."""
        return -jnp.abs(u) - math.log(2)

    def standard_sample(self, key: PRNGKey, dtype: jnp.dtype) -> Array:
        """u of density ½ exp(−|u|)."""
        return jax.random.laplace(key, self.shape, dtype)
