"""The sigmoid bijection."""

from typing import ClassVar

import jax
import jax.numpy as jnp

from surjax.transforms.bijections.pointwise import Pointwise, clipped
from surjax.typing import Numbers


class Sigmoid(Pointwise):
    """z = σ(x) = 1/(1 + e⁻ˣ), from the line to (0, 1); V = Σ log σ(x_i) + log σ(−x_i).

    >>> import jax, surjax as sx
    >>> sx.Sigmoid().forward(jax.numpy.zeros(1))
    (Array([0.5], dtype=float32), Array(-1.3862944, dtype=float32))
    """

    V: ClassVar[str] = "Σ log σ(xᵢ) + log σ(−xᵢ)"
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def function(self, x: Numbers) -> Numbers:
        """σ(x)."""
        return jax.nn.sigmoid(x)

    def inverse_function(self, z: Numbers) -> Numbers:
        """logit z, with z kept off 0 and 1 by the least that floats can tell."""
        info = jnp.finfo(z.dtype)
        z = clipped(z, float(info.tiny), 1 - float(info.epsneg))
        return jnp.log(z) - jnp.log1p(-z)

    def log_derivative(self, x: Numbers) -> Numbers:
        """log σ(x) + log σ(−x)."""
        return jax.nn.log_sigmoid(x) + jax.nn.log_sigmoid(-x)
