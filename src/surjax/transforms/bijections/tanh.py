"""The hyperbolic-tangent bijection."""

import math
from typing import ClassVar

import jax
import jax.numpy as jnp

from surjax.transforms.bijections.pointwise import Pointwise, clipped
from surjax.typing import Numbers


class Tanh(Pointwise):
    """z = tanh x, from the line to (−1, 1); V = Σ log(1 − tanh² x_i).

    >>> import jax, surjax as sx
    >>> sx.Tanh().forward(jax.numpy.array([0.0, 100.0]))
    (Array([0., 1.], dtype=float32), Array(-198.6137, dtype=float32))
    """

    V: ClassVar[str] = "Σ log(1 − tanh² xᵢ)"
    range: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def function(self, x: Numbers) -> Numbers:
        """tanh x."""
        return jnp.tanh(x)

    def inverse_function(self, z: Numbers) -> Numbers:
        """artanh z, with z kept off ±1 by the least that floats can tell."""
        end = 1 - float(jnp.finfo(z.dtype).epsneg)
        return jnp.arctanh(clipped(z, -end, end))

    def log_derivative(self, x: Numbers) -> Numbers:
        """2 (log 2 − x − log(1 + e⁻²ˣ)), which is log(1 − tanh² x) without its cancellation."""
        x = jnp.abs(x)
        return 2 * (math.log(2) - x - jax.nn.softplus(-2 * x))
