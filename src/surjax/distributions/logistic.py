"""The logistic distribution."""

import jax
import jax.numpy as jnp
from jaxtyping import ArrayLike

from surjax.distributions.location_scale import LocationScale
from surjax.typing import Array, Numbers, PRNGKey, Shape


class Logistic(LocationScale):
    """The logistic distribution, whose cumulative distribution function is σ((x_i − μ_i)/s_i).

        log p(x_i) = log σ(u_i) + log σ(−u_i) − log s_i   with   u_i = (x_i − μ_i)/s_i

    >>> import surjax as sx
    >>> sx.Logistic((1,)).log_prob(jax.numpy.zeros(1))
    Array(-1.3862944, dtype=float32)
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
        """log σ(u) + log σ(−u)."""
        return jax.nn.log_sigmoid(u) + jax.nn.log_sigmoid(-u)

    def standard_sample(self, key: PRNGKey, dtype: jnp.dtype) -> Array:
        """u with cumulative distribution function σ(u)."""
        return jax.random.logistic(key, self.shape, dtype)
