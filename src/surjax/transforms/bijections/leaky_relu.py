"""The leaky-ReLU bijection."""

import math
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.transforms.bijections.pointwise import Pointwise
from surjax.typing import Numbers


class LeakyReLU(Pointwise):
    """z = x where x ≥ 0 and slope·x elsewhere; V = log(slope) for each negative element.

    Raises ConfigError where slope is not positive.

    >>> import jax, surjax as sx
    >>> sx.LeakyReLU(0.5).forward(jax.numpy.array([2.0, -2.0]))
    (Array([ 2., -1.], dtype=float32), Array(-0.6931472, dtype=float32))
    """

    V: ClassVar[str] = "log(slope) · #{xᵢ < 0}"

    slope: float = eqx.field(static=True)

    def __init__(self, slope: float = 0.01):
        if not slope > 0:
            raise ConfigError(f"slope is {slope} and must be positive.")
        self.slope = float(slope)

    def function(self, x: Numbers) -> Numbers:
        """x or slope·x."""
        return jnp.where(x >= 0, x, self.slope * x)

    def inverse_function(self, z: Numbers) -> Numbers:
        """z or z/slope."""
        return jnp.where(z >= 0, z, z / self.slope)

    def log_derivative(self, x: Numbers) -> Numbers:
        """0 or log slope."""
        return jnp.where(x >= 0, 0.0, math.log(self.slope)).astype(x.dtype)
