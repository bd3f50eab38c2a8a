"""The logit bijection."""

import math
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.transforms.bijections.pointwise import Pointwise, clipped
from surjax.typing import Array, Numbers


class Logit(Pointwise):
    """z = logit(ε + (1 − 2ε) x), from [0, 1] to the line (Dinh et al. 2017, RealNVP, section 4.1).

        V = Σ log(1 − 2ε) − log σ(z_i) − log σ(−z_i)

    squeeze is ε: with ε > 0 the values 0 and 1 themselves have finite logits (RealNVP takes 0.05 for
    images). With ε = 0 they are moved inwards by the least that floats can tell, so z is finite too, but
    0 and 1 are no longer told apart from their neighbours. Raises ConfigError unless 0 ≤ ε < ½.

    >>> import jax, surjax as sx
    >>> sx.Logit(squeeze=0.05).forward(jax.numpy.array([0.0, 0.5]))[0]
    Array([-2.944439,  0.      ], dtype=float32)
    """

    V: ClassVar[str] = "Σ log(1 − 2ε) − log σ(zᵢ) − log σ(−zᵢ)"
    domain: ClassVar[tuple[float, float]] = (0.0, 1.0)

    squeeze: float = eqx.field(static=True)

    def __init__(self, squeeze: float = 0.0):
        if not 0 <= squeeze < 0.5:
            raise ConfigError(f"squeeze is {squeeze} and must be at least 0 and less than ½.")
        self.squeeze = float(squeeze)

    def function(self, x: Numbers) -> Numbers:
        """logit(ε + (1 − 2ε) x)."""
        below, above = self._shares(x)
        return jnp.log(below) - jnp.log(above)

    def inverse_function(self, z: Numbers) -> Numbers:
        """(σ(z) − ε)/(1 − 2ε)."""
        return (jax.nn.sigmoid(z) - self.squeeze) / (1 - 2 * self.squeeze)

    def log_derivative(self, x: Numbers) -> Numbers:
        """log(1 − 2ε) − log of both shares."""
        below, above = self._shares(x)
        return math.log1p(-2 * self.squeeze) - jnp.log(below) - jnp.log(above)

    def _shares(self, x: Array) -> tuple[Array, Array]:
        """σ(z) and 1 − σ(z)."""
        tiny = float(jnp.finfo(x.dtype).tiny)
        below = self.squeeze + (1 - 2 * self.squeeze) * x
        above = self.squeeze + (1 - 2 * self.squeeze) * (1 - x)
        return clipped(below, tiny, math.inf), clipped(above, tiny, math.inf)
