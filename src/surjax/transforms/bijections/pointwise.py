"""What the fixed elementwise maps share."""

import math
from abc import abstractmethod
from typing import ClassVar

import jax.numpy as jnp

from surjax.transforms.base import Bijection
from surjax.typing import Array, Context, Numbers, Scalar


class Pointwise(Bijection):
    """z_i = f(x_i) with one fixed increasing f, for x of any shape; V = Σ log f′(x_i).

    A new one writes f, its inverse and log f′, and says between what ends x and z lie. Outside them V
    is ∓∞, so that a model gives density 0 where it has none, and z or x is that of the end; the ends
    themselves count as inside. Gradients are numbers everywhere, 0 outside; of NaN all is NaN.
    """

    domain: ClassVar[tuple[float, float]] = (-math.inf, math.inf)
    range: ClassVar[tuple[float, float]] = (-math.inf, math.inf)

    V: ClassVar[str] = "Σ log f′(xᵢ)"

    @abstractmethod
    def function(self, x: Numbers) -> Numbers:
        """f(x)."""

    @abstractmethod
    def inverse_function(self, z: Numbers) -> Numbers:
        """The x with f(x) = z; at the ends of f's range, the last x that floats can tell apart."""

    @abstractmethod
    def log_derivative(self, x: Numbers) -> Numbers:
        """log f′(x)."""

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → (f(x), Σ log f′(x_i))."""
        # what lies outside is moved to the end first, so that its gradient is 0 and not NaN
        near = clipped(x, *self.domain)
        log_derivative = jnp.where(near == x, self.log_derivative(near), -jnp.inf)
        return self.function(near), _nan_of(x, log_derivative).sum()

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (f⁻¹(z), Σ log f′(x_i))."""
        near = clipped(z, *self.range)
        x = self.inverse_function(near)
        # +∞ here: it is −V that counts where the map is used backwards, as Inverse does
        log_derivative = jnp.where(near == z, self.log_derivative(x), jnp.inf)
        return x, _nan_of(z, log_derivative).sum()


def clipped(x: Array, low: float, high: float) -> Array:
    """x between low and high, NaN where it is NaN; its gradient is 0 where it is moved, and 1 elsewhere.

    `jnp.clip` halves it at the ends, and makes NaN of 0 times an infinite gradient.
    """
    x = jnp.where(x < low, jnp.asarray(low, x.dtype), x)
    return jnp.where(x > high, jnp.asarray(high, x.dtype), x)


def _nan_of(x: Array, log_derivative: Array) -> Array:
    return jnp.where(jnp.isnan(x), x, log_derivative)
