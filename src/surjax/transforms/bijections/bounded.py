"""From an interval or a half-line to the line."""

import math
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike

from surjax.errors import ConfigError
from surjax.parameters import Fixed
from surjax.transforms.base import Bijection
from surjax.typing import Array, Context, Numbers, Scalar, Shape


class Bounded(Bijection):
    """From what lies between fixed bounds to the line, for each element; V = Σ log ∂zᵢ/∂xᵢ.

        low and high   z = logit(ε + (1 − 2ε)(x − low)/(high − low))
        low alone      z = log(eᵈ − 1) with d = ε + x − low, the inverse of softplus
        high alone     z = −log(eᵈ − 1) with d = ε + high − x
        neither        z = x

    ε moves the ends inwards (squeeze, as in `Logit`), so that the bounds themselves have finite z. In return
    a share of about ε of what a model of z makes lies beyond them: the inverse puts it onto the bounds, so no
    sample lies outside; without ε samples lie strictly inside. x outside has density 0 (V = −∞); what
    rounding may have moved over a bound, a few units in the last place, counts as inside.

    low and high are numbers or arrays that broadcast to x, or None. Raises ConfigError where they leave no
    room between them, and unless 0 ≤ ε < ½.

    >>> import jax, surjax as sx
    >>> share = sx.Bounded(0.0, 1.0)
    >>> share.forward(jax.numpy.array([0.0, 0.5, 1.0]))[0]
    Array([-9.21024,  0.     ,  9.21024], dtype=float32)
    >>> share.inverse(jax.numpy.array([-50.0, 0.0, 50.0]))
    Array([0. , 0.5, 1. ], dtype=float32)
    """

    V: ClassVar[str] = "Σ log ∂zᵢ/∂xᵢ"

    low: Fixed | None
    high: Fixed | None
    shape: Shape | None = eqx.field(static=True)
    squeeze: float = eqx.field(static=True)

    def __init__(
        self,
        low: ArrayLike | None = None,
        high: ArrayLike | None = None,
        shape: Shape | None = None,
        squeeze: float = 1e-4,
    ):
        if low is not None and high is not None and not np.all(np.asarray(low) < np.asarray(high)):
            raise ConfigError(f"the bounds {low} and {high} leave no room: low must be below high.")
        if not 0 <= squeeze < 0.5:
            raise ConfigError(f"squeeze is {squeeze} and must be at least 0 and less than ½.")
        self.low = None if low is None else Fixed(jnp.asarray(low, float))
        self.high = None if high is None else Fixed(jnp.asarray(high, float))
        self.shape = None if shape is None else tuple(shape)
        self.squeeze = float(squeeze)

    @property
    def fixed_shape(self) -> Shape | None:
        """The only shape of x: `shape`."""
        return self.shape

    def _ends(self, x: Array) -> tuple[Array, Array, Array]:
        """The bounds in the dtype of x, ±∞ where there is none, and what rounding may move x by."""
        held = [end.value for end in (self.low, self.high) if end is not None]
        low = jnp.asarray(-jnp.inf if self.low is None else self.low.value, x.dtype)
        high = jnp.asarray(jnp.inf if self.high is None else self.high.value, x.dtype)
        eps = max(float(jnp.finfo(array.dtype).eps) for array in (x, *held)) if held else 0.0
        size = sum((jnp.abs(end).astype(x.dtype) for end in held), jnp.zeros((), x.dtype))
        return low, high, 4 * eps * size

    @property
    def _sides(self) -> tuple[bool, bool]:
        return self.low is not None, self.high is not None

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → (z, Σ log ∂z_i/∂x_i)."""
        low, high, slack = self._ends(x)
        inside = (x >= low - slack) & (x <= high + slack)
        z, log_derivative = self._to_line(jnp.where(x < low, low, jnp.where(x > high, high, x)), low, high)
        return z, jnp.where(inside, log_derivative, -jnp.inf).sum()

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (x, Σ log ∂z_i/∂x_i)."""
        low, high, _ = self._ends(z)
        x, log_derivative = self._from_line(z, low, high)
        if self.squeeze == 0:  # the bounds are not reached, which rounding would hide
            low, high = _next_above(low), -_next_above(-high)
        return jnp.clip(x, low, high), log_derivative.sum()

    def _to_line(self, x: Array, low: Array, high: Array) -> tuple[Array, Array]:
        """(z, log ∂z_i/∂x_i) for x inside."""
        tiny, e = jnp.finfo(x.dtype).tiny, self.squeeze
        match self._sides:
            case (True, True):
                width = high - low
                below = jnp.maximum(e + (1 - 2 * e) * ((x - low) / width), tiny)
                above = jnp.maximum(e + (1 - 2 * e) * ((high - x) / width), tiny)
                z = jnp.log(below) - jnp.log(above)
                return z, math.log1p(-2 * e) - jnp.log(below) - jnp.log(above) - jnp.log(width)
            case (True, False):
                z, log_share = _inverse_softplus(jnp.maximum(e + (x - low), tiny))
                return z, -log_share
            case (False, True):
                z, log_share = _inverse_softplus(jnp.maximum(e + (high - x), tiny))
                return -z, -log_share
        return x, jnp.zeros_like(x)

    def _from_line(self, z: Array, low: Array, high: Array) -> tuple[Array, Array]:
        """(x, log ∂z_i/∂x_i), where x may lie outside by ε."""
        e = self.squeeze
        match self._sides:
            case (True, True):
                width = high - low
                log_derivative = math.log1p(-2 * e) - jax.nn.log_sigmoid(z) - jax.nn.log_sigmoid(-z)
                return low + width * ((jax.nn.sigmoid(z) - e) / (1 - 2 * e)), log_derivative - jnp.log(width)
            case (True, False):
                return low + (jax.nn.softplus(z) - e), -jax.nn.log_sigmoid(z)
            case (False, True):
                return high - (jax.nn.softplus(-z) - e), -jax.nn.log_sigmoid(-z)
        return z, jnp.zeros_like(z)


def _next_above(bound: Array) -> Array:
    """The next float, and no subnormal one, which processors take for 0."""
    tiny = float(jnp.finfo(bound.dtype).tiny)
    return jnp.maximum(jnp.nextafter(bound, jnp.full_like(bound, jnp.inf)), bound + tiny)


def _inverse_softplus(d: Array) -> tuple[Array, Array]:
    """(log(eᵈ − 1), log(1 − e⁻ᵈ)) for d > 0."""
    log_share = jnp.log(-jnp.expm1(-d))
    return d + log_share, log_share
