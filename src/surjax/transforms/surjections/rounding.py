"""Rounding down, and its mirror image, dequantisation."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.distributions.base import Distribution
from surjax.distributions.uniform import Uniform
from surjax.transforms.inverse import Inverse
from surjax.transforms.surjections.base import Surjection
from surjax.typing import Array, Floats, Shape


class Rounding(Surjection):
    """z = ⌊x⌋, for each element; the fraction u = x − ⌊x⌋ ∈ [0, 1) is dropped.

        V = log p(u | z)                                         (Nielsen et al. 2020)

    decoder is a distribution on [0, 1) of the shape of x. z holds whole numbers in the floating-point
    dtype of x. Its `Inverse` is dequantisation, see `dequantize`. z + u is kept below z + 1 where
    floating point would round it up, so that ⌊z + u⌋ = z always.

    >>> import jax, surjax as sx
    >>> sx.Rounding(sx.Uniform((2,))).forward(jax.numpy.array([3.7, -0.5]))
    (Array([ 3., -1.], dtype=float32), Array(0., dtype=float32))
    """

    V: ClassVar[str] = "log p(fraction | z)"

    decoder: Distribution
    shape: Shape = eqx.field(static=True)

    def __init__(self, decoder: Distribution):
        self.decoder, self.shape = decoder, decoder.shape

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: the decoder's shape."""
        return self.shape

    def split(self, x: Floats) -> tuple[Floats, Array]:
        """x → (⌊x⌋, x − ⌊x⌋)."""
        x = jnp.asarray(x, jnp.result_type(x, jnp.float32))
        z = jnp.floor(x)
        return z, _below(x - z, 0)  # just under 0, x − ⌊x⌋ rounds to 1

    def merge(self, z: Floats, dropped: Array) -> Floats:
        """(⌊x⌋, x − ⌊x⌋) → x."""
        z = z.astype(jnp.result_type(z, dropped))
        return _below(z + _below(dropped, 0), z)  # neither u nor the sum may reach the next number


def _below(x: Array, z: Array | int) -> Array:
    """x, or the largest number below z + 1 where x is not below it; z, where no number lies between them."""
    low = jax.lax.stop_gradient(jnp.asarray(z, x.dtype))
    return jnp.maximum(jnp.minimum(x, jnp.nextafter(low + 1, -jnp.inf)), low)


def dequantize(shape: Shape, encoder: Distribution | None = None) -> Inverse:
    """z = x + u with u ~ q(u | x) on [0, 1), for whole numbers x: what makes them continuous.

        V = −log q(u | x)

    Uniform by default (Uria et al. 2013; Theis et al. 2016), where V = 0. Variational where the
    encoder is conditioned on x (Ho et al. 2019, Flow++, section 3.1): a flow onto the unit cube whose
    base or transform reads its context, for instance `Flow(Conditional(Normal(shape), network),
    Logit(shape))`. The inverse of `Rounding`; x may be of an integer dtype.

    >>> import jax, surjax as sx
    >>> dequantize = sx.dequantize((3,))
    >>> z, contribution = dequantize.forward(jax.numpy.arange(3), jax.random.key(0))
    >>> dequantize.inverse(z)
    Array([0., 1., 2.], dtype=float32)
    """
    return Inverse(Rounding(Uniform(shape) if encoder is None else encoder))
