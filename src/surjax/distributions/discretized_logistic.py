"""Logistic distributions of whole numbers."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import ArrayLike

from surjax.distributions.base import Factorized
from surjax.distributions.location_scale import bounded, log_of_scale
from surjax.errors import ConfigError
from surjax.parameters import Fixed, hold, value
from surjax.typing import Array, Context, Floats, Numbers, PRNGKey, Shape


class DiscretizedLogistic(Factorized):
    """A logistic variable rounded to the whole numbers 0 … n − 1 (Kingma et al. 2016, IAF, section 5).

        p(x_i = k) = σ((k + ½ − μ_i)/s_i) − σ((k − ½ − μ_i)/s_i)

    with all that lies below 0 or above n − 1 counted as those. n is num_values, 256 for pixels of eight
    bits. What is learned or given by a network is unconstrained and of order one: μ and s are
    (n − 1)/2·(1 + h₀) and (n − 1)/2·exp(h₁), which start in the middle of the range. loc and scale are μ
    and s themselves. A `Mixture` of several is the likelihood of PixelCNN++ (Salimans et al. 2017) for
    channels that are independent. Raises ConfigError for fewer than two values.

    >>> import jax, surjax as sx
    >>> pixel = sx.DiscretizedLogistic((), 256, 100.0, 2.0)
    >>> float(jax.numpy.exp(jax.vmap(pixel.log_prob)(jax.numpy.arange(256))).sum().round(4))
    1.0
    """

    draws_choices: ClassVar[bool] = True

    loc: Array | Fixed
    log_scale: Array | Fixed
    shape: Shape = eqx.field(static=True)
    num_values: int = eqx.field(static=True)

    def __init__(
        self,
        shape: Shape,
        num_values: int = 256,
        loc: ArrayLike | None = None,
        scale: ArrayLike | None = None,
        trainable: bool = False,
    ):
        if num_values < 2:
            raise ConfigError(f"a logistic of {num_values} whole numbers was asked for: give 2 or more.")
        self.shape, self.num_values = tuple(shape), num_values
        half = self._half
        loc = half if loc is None else loc
        scale = half / 4 if scale is None else scale
        h = jnp.asarray(loc, float) / half - 1, log_of_scale(jnp.asarray(scale, float) / half)
        self.loc, self.log_scale = (hold(jnp.broadcast_to(part, shape), trainable) for part in h)

    @property
    def _half(self) -> float:
        """Half the range, the unit of μ and s."""
        return (self.num_values - 1) / 2

    @property
    def num_params(self) -> int:
        """2: where μ lies in the range, and the logarithm of s in units of half the range."""
        return 2

    def with_parameters(self, h: Floats) -> "DiscretizedLogistic":
        """μ and s as the class says, of h[..., 0] and h[..., 1]."""
        return eqx.tree_at(lambda d: (d.loc, d.log_scale), self, (h[..., 0], h[..., 1]))

    def log_prob_elements(self, x: Numbers, context: Context = None) -> Numbers:
        """log p(x_i), in nats; −∞ for what is no whole number of the range."""
        loc, log_scale = value(self.loc), bounded(value(self.log_scale))
        x = jnp.asarray(x, loc.dtype)
        per_unit = jnp.exp(-log_scale) / self._half
        centre = (x - self._half * (1 + loc)) * per_unit
        upper, lower = centre + 0.5 * per_unit, centre - 0.5 * per_unit
        # σ(b) − σ(a) = σ(b) σ(−a) (1 − e^(a−b)): nothing underflows, however far the cell lies out
        inside = jax.nn.log_sigmoid(upper) + jax.nn.log_sigmoid(-lower) + _log1mexp(per_unit)
        top = self.num_values - 1
        total = jnp.where(x == 0, jax.nn.log_sigmoid(upper), inside)
        total = jnp.where(x == top, jax.nn.log_sigmoid(-lower), total)
        return jnp.where((x == jnp.floor(x)) & (x >= 0) & (x <= top), total, -jnp.inf)

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Array:
        """A logistic variable, its spread times the temperature, rounded into the range."""
        loc, scale = value(self.loc), jnp.exp(bounded(value(self.log_scale)))
        u = jax.random.logistic(key, self.shape, loc.dtype)
        return jnp.clip(jnp.round(self._half * (1 + loc + temperature * scale * u)), 0, self.num_values - 1)


def _log1mexp(a: Array) -> Array:
    """log(1 − exp(−a)) for a > 0."""
    a = jnp.maximum(a, jnp.finfo(a.dtype).tiny)
    return jnp.where(a < 0.7, jnp.log(-jnp.expm1(-a)), jnp.log1p(-jnp.exp(-a)))
