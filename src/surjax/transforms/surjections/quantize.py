"""Rounding down to a lattice of any step."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.distributions.base import Distribution
from surjax.distributions.uniform import Uniform
from surjax.errors import ConfigError
from surjax.transforms.surjections.base import Surjection, require_decoder
from surjax.typing import Array, Floats, Shape


class Quantize(Surjection):
    """z = s·⌊x/s⌋ for a step s > 0, for each element; what x lies above it, d = x − z ∈ [0, s), is dropped.

        V = log p(d | z)                                         (Nielsen et al. 2020, for s = 1)

    `Rounding` is the case s = 1. `Inverse(Quantize(shape, s))` makes numbers of fixed decimals continuous,
    as `dequantize` does for whole numbers: z = x + d with V = −log q(d | x), which is log s for uniform
    noise, so that the log-likelihood is that of a probability and not of a density. decoder is a
    distribution on [0, s), uniform by default. z + d is kept within the cell by a few units in the last
    place, so that the z of a draw is the z that it was drawn for while |z|/s < 2²⁰ in float32.
    Raises ConfigError where the step is not above 0 or the decoder does not fit.

    >>> import jax, surjax as sx
    >>> prices = sx.Inverse(sx.Quantize((2,), 0.25))
    >>> z, contribution = prices.forward(jax.numpy.array([1.5, -0.75]), jax.random.key(0))
    >>> prices.inverse(z), contribution  # 2 log ¼
    (Array([ 1.5 , -0.75], dtype=float32), Array(-2.7725887, dtype=float32))
    """

    V: ClassVar[str] = "log p(x − z | z)"

    decoder: Distribution
    shape: Shape = eqx.field(static=True)
    step: float = eqx.field(static=True)

    def __init__(self, shape: Shape, step: float, decoder: Distribution | None = None):
        if not 0 < step < float("inf"):
            raise ConfigError(f"step is {step} and must be above 0 and finite.")
        self.shape, self.step = tuple(shape), float(step)
        decoder = Uniform(self.shape, 0.0, self.step) if decoder is None else decoder
        self.decoder = require_decoder(self, decoder, self.shape)

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: `shape`."""
        return self.shape

    def split(self, x: Floats) -> tuple[Floats, Array]:
        """x → (s·⌊x/s⌋, x − s·⌊x/s⌋)."""
        z = self.step * jnp.floor(x / self.step)
        return z, jnp.clip(x - z, 0, _below(jnp.asarray(self.step, x.dtype)))

    def merge(self, z: Floats, dropped: Array) -> Floats:
        """(s·⌊x/s⌋, x − s·⌊x/s⌋) → x."""
        z = self.step * jnp.round(z / self.step)
        z = z.astype(jnp.result_type(z, dropped))
        margin = 4 * jnp.finfo(z.dtype).eps * jax.lax.stop_gradient(jnp.abs(z))
        top = self.step - jnp.maximum(margin, 4 * jnp.finfo(z.dtype).eps * self.step)
        return z + jnp.clip(dropped, jnp.minimum(margin, top), top)


def _below(x: Array) -> Array:
    """The next smaller number."""
    return jnp.nextafter(x, jnp.zeros_like(x))
