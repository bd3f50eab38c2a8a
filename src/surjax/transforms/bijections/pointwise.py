"""What the fixed elementwise maps share."""

from abc import abstractmethod
from typing import ClassVar

from surjax.transforms.base import Bijection
from surjax.typing import Array, Context, Scalar


class Pointwise(Bijection):
    """z_i = f(x_i) with one fixed increasing f, for x of any shape; V = Σ log f′(x_i).

    A new one writes f, its inverse and log f′.
    """

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
        return self.function(x), self.log_derivative(x).sum()

    def inverse_and_log_det(self, z: Array, context: Context = None) -> tuple[Array, Scalar]:
        """z → (f⁻¹(z), Σ log f′(x_i))."""
        x = self.inverse_function(z)
        return x, self.log_derivative(x).sum()
