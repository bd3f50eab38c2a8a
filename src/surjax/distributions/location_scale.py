"""What the families of a location and a scale share."""

from abc import abstractmethod

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import ArrayLike

from surjax.distributions.base import Factorized
from surjax.errors import ConfigError
from surjax.parameters import Fixed, hold, value
from surjax.typing import Array, Context, Floats, Numbers, PRNGKey, Shape

LOG_SCALE_LIMIT = 40.0
"""log σ is kept within ± this, so that neither σ nor ((x − μ)/σ)² leaves the range of float32."""


class LocationScale(Factorized):
    """x_i = μ_i + σ_i u_i with u of a standard distribution, independent for each element.

        log p(x_i) = log p_standard((x_i − μ_i)/σ_i) − log σ_i

    loc is μ, scale is σ > 0, each of any shape that broadcasts to `shape`; with trainable=True, μ and
    log σ are learned, of the shape `tied`: (C, 1, 1) gives each channel of an image one of each (default:
    each element has its own). The parameters a network gives are μ and log σ. Raises ConfigError for a
    scale that is not positive.
    """

    loc: Array | Fixed
    log_scale: Array | Fixed
    shape: Shape = eqx.field(static=True)

    def __init__(
        self,
        shape: Shape,
        loc: ArrayLike = 0.0,
        scale: ArrayLike = 1.0,
        trainable: bool = False,
        tied: Shape | None = None,
    ):
        self.shape = tuple(shape)
        size = self.shape if tied is None else tied
        self.loc = hold(jnp.broadcast_to(jnp.asarray(loc, float), size), trainable)
        self.log_scale = hold(jnp.broadcast_to(log_of_scale(scale), size), trainable)

    @abstractmethod
    def standard_log_prob(self, u: Numbers) -> Numbers:
        """log p(u_i) for μ = 0 and σ = 1, of every element."""

    @abstractmethod
    def standard_sample(self, key: PRNGKey, dtype: jnp.dtype) -> Array:
        """u of shape `shape` for μ = 0 and σ = 1."""

    @property
    def num_params(self) -> int:
        """How many numbers h holds for each element, 2: μ and log σ."""
        return 2

    def with_parameters(self, h: Floats) -> "LocationScale":
        """μ = h[..., 0] and σ = exp(h[..., 1])."""
        return eqx.tree_at(lambda d: (d.loc, d.log_scale), self, (h[..., 0], h[..., 1]))

    def log_prob_elements(self, x: Numbers, context: Context = None) -> Numbers:
        """log p(x_i), in nats."""
        return self.standard_log_prob(self.to_standard(x)) - bounded(value(self.log_scale))

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Array:
        """x = μ + temperature·σ·u."""
        return self.from_standard(temperature * self.standard_sample(key, value(self.loc).dtype))

    def to_standard(self, x: Numbers) -> Numbers:
        """u = (x − μ)/σ."""
        return (x - value(self.loc)) * jnp.exp(-bounded(value(self.log_scale)))

    def from_standard(self, u: Numbers) -> Numbers:
        """x = μ + σ·u."""
        return value(self.loc) + jnp.exp(bounded(value(self.log_scale))) * u


def bounded(log_scale: Array) -> Array:
    """log σ within ± `LOG_SCALE_LIMIT`."""
    return jnp.clip(log_scale, -LOG_SCALE_LIMIT, LOG_SCALE_LIMIT)


def log_of_scale(scale: ArrayLike) -> Array:
    """log σ, or ConfigError where σ is a number that is not positive."""
    if isinstance(scale, int | float) and not scale > 0:
        raise ConfigError(f"scale is {scale} and must be positive.")
    return jnp.log(jnp.asarray(scale, float))
