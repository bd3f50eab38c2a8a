"""The softplus bijection."""

import math
from typing import ClassVar

import jax
import jax.numpy as jnp

from surjax.transforms.bijections.pointwise import Pointwise, clipped
from surjax.typing import Numbers

FAR = 50.0
"""Beyond it log(1 − e⁻ᶻ) is 0 in every float, as here, and its gradient too."""


class Softplus(Pointwise):
    """z = log(1 + eˣ), from the line to the positive numbers; V = Σ log σ(x_i).

    >>> import jax, surjax as sx
    >>> sx.Softplus().inverse(jax.numpy.array([1e-6, 1.0, 100.0]))
    Array([-13.81551 ,   0.541325, 100.      ], dtype=float32)
    """

    V: ClassVar[str] = "Σ log σ(xᵢ)"
    range: ClassVar[tuple[float, float]] = (0.0, math.inf)

    def function(self, x: Numbers) -> Numbers:
        """log(1 + eˣ)."""
        return jax.nn.softplus(x)

    def inverse_function(self, z: Numbers) -> Numbers:
        """log(eᶻ − 1) = z + log(1 − e⁻ᶻ), which neither overflows nor cancels."""
        z = clipped(z, float(jnp.finfo(z.dtype).tiny), math.inf)
        return z + jnp.log(-jnp.expm1(-clipped(z, 0.0, FAR)))

    def log_derivative(self, x: Numbers) -> Numbers:
        """log σ(x)."""
        return jax.nn.log_sigmoid(x)
