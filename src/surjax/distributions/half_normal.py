"""The half-normal distribution."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import ArrayLike

from surjax.distributions.base import Factorized
from surjax.distributions.location_scale import bounded, log_of_scale
from surjax.parameters import Fixed, hold, value
from surjax.typing import Array, Context, Floats, Numbers, PRNGKey, Shape


class HalfNormal(Factorized):
    """|x| of a centred normal, independent for each element: the base that |·| leaves behind.

        log p(x_i) = −½(x_i/σ_i)² − log σ_i + ½ log 2/π   for x_i ≥ 0,   −∞ below, NaN of NaN

    With trainable=True, log σ is learned; it is the one parameter that a network gives. Raises
    ConfigError for a scale that is not positive.

    >>> import surjax as sx
    >>> sx.HalfNormal((1,)).log_prob(jax.numpy.zeros(1))
    Array(-0.22579135, dtype=float32)
    """

    log_scale: Array | Fixed
    shape: Shape = eqx.field(static=True)

    def __init__(self, shape: Shape, scale: ArrayLike = 1.0, trainable: bool = False):
        self.shape = tuple(shape)
        self.log_scale = hold(jnp.broadcast_to(log_of_scale(scale), shape), trainable)

    @property
    def num_params(self) -> int:
        """How many numbers h holds for each element, 1: log σ."""
        return 1

    def with_parameters(self, h: Floats) -> "HalfNormal":
        """σ = exp(h[..., 0])."""
        return eqx.tree_at(lambda d: d.log_scale, self, h[..., 0])

    def log_prob_elements(self, x: Numbers, context: Context = None) -> Numbers:
        """log p(x_i), in nats."""
        log_scale = bounded(value(self.log_scale))
        below = x < 0
        u = jnp.where(below, 0.0, x) * jnp.exp(-log_scale)  # so that gradients below 0 are 0, at −∞ too
        inside = -0.5 * u * u - log_scale + 0.5 * math.log(2 / math.pi)
        return jnp.where(below, -jnp.inf, inside)

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Array:
        """x = temperature·σ·|ε|, ε ~ N(0, 1)."""
        log_scale = bounded(value(self.log_scale))
        noise = jax.random.normal(key, self.shape, log_scale.dtype)
        return temperature * jnp.exp(log_scale) * jnp.abs(noise)
