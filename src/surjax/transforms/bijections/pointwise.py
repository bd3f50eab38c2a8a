"""What the fixed elementwise maps share."""

import math
from abc import abstractmethod
from typing import ClassVar

import jax.numpy as jnp

from surjax.transforms.base import Bijection
from surjax.typing import Array, Context, Scalar


class Pointwise(Bijection):
    """z_i = f(x_i) with one fixed increasing f, for x of any shape; V = Σ log f′(x_i).

    A new one writes f, its inverse and log f′, and says between what ends x and z lie. Outside them V
    is ∓∞, so that a model gives density 0 where it has none; the ends themselves count as inside.
    """

    domain: ClassVar[tuple[float, float]] = (-math.inf, math.inf)
    range: ClassVar[tuple[float, float]] = (-math.inf, math.inf)

    V: ClassVar[str] = "Σ log f′(xᵢ)"

    @abstractmethod
    def function(self, x: Array) -> Array:
        """f(x)."""

    @abstractmethod
    def inverse_function(self, z: Array) -> Array:
        """The x with f(x) = z; at the ends of f's range, the last x that floats can tell apart."""

    @abstractmethod
    def log_derivative(self, x: Array) -> Array:
        """log f′(x)."""

    def forward_and_log_det(self, x: Array, context: Context = None) -> tuple[Array, Scalar]:
        """x → (f(x), Σ log f′(x_i))."""
        log_derivative = jnp.where(_inside(x, self.domain), self.log_derivative(x), -jnp.inf)
        return self.function(x), log_derivative.sum()

    def inverse_and_log_det(self, z: Array, context: Context = None) -> tuple[Array, Scalar]:
        """z → (f⁻¹(z), Σ log f′(x_i))."""
        x = self.inverse_function(z)
        # +∞ here: it is −V that counts where the map is used backwards, as Inverse does
        log_derivative = jnp.where(_inside(z, self.range), self.log_derivative(x), jnp.inf)
        return x, log_derivative.sum()


def _inside(x: Array, ends: tuple[float, float]) -> Array:
    return (x >= ends[0]) & (x <= ends[1])
