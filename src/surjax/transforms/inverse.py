"""The mirror image of a transform."""

from typing import Any, ClassVar

import equinox as eqx

from surjax.errors import SurjaxError
from surjax.transforms.base import Encoded, Transform, forward_batch
from surjax.typing import Array, Context, Dropped, Key, Shape


class Inverse(Transform):
    """A transform run backwards: its forward is the other's inverse, V changes sign.

    The inverse of an inference surjection is the generative surjection of the same name: its decoder
    p(dropped | z) becomes the encoder q(dropped | x), and its contribution −log q (Nielsen et al.
    2020, table 1). So dequantisation is the inverse of rounding, and augmentation that of a slice.

    Raises SurjaxError where the new forward direction would draw from a conditional whose density is
    only bounded: −log q would then bound the likelihood from the wrong side.

    >>> import jax, surjax as sx
    >>> dequantize = sx.Inverse(sx.Rounding(sx.Uniform((3,))))
    >>> z, contribution = dequantize.forward(jax.numpy.arange(3.0), jax.random.key(0))
    >>> dequantize.inverse(z)
    Array([0., 1., 2.], dtype=float32)
    """

    V: ClassVar[str] = "−V of the other"
    E: ClassVar[str] = "0 where the other's inverse is deterministic"

    transform: Transform

    def __init__(self, transform: Transform):
        if not transform.inverse_deterministic and not transform.densities_exact:
            raise SurjaxError(
                f"the encoder in Inverse({type(transform).__name__}) has no exact density, so the "
                "model would be no lower bound: give it a distribution or flow whose .exact is True."
            )
        self.transform = transform

    @property
    def forward_deterministic(self) -> bool:
        """Whether the other's inverse is."""
        return self.transform.inverse_deterministic

    @property
    def inverse_deterministic(self) -> bool:
        """Whether the other's forward is."""
        return self.transform.forward_deterministic

    @property
    def densities_exact(self) -> bool:
        """Whether the other's are."""
        return self.transform.densities_exact

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of z: the other's x_shape."""
        return self.transform.x_shape(x_shape)

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of x: the other's z_shape."""
        return self.transform.z_shape(z_shape)

    def _encode(
        self, x: Any, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        z, contribution, dropped = self.transform._decode(x, given, key, context, temperature)
        return z, -contribution, dropped

    def _decode(
        self, z: Any, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        x, contribution, dropped = self.transform._encode(z, given, key, context, temperature)
        return x, -contribution, dropped

    def initialize(self, xs: Any, key: Key = None, contexts: Context = None) -> tuple["Inverse", Any]:
        """Initialise the other in its generative direction, in which this one runs."""
        new = self._with(self.transform.initialize_inverse(xs, key, contexts)[0])
        return new, forward_batch(new, xs, key, contexts)

    def initialize_inverse(self, zs: Any, key: Key = None, contexts: Context = None) -> tuple["Inverse", Any]:
        """Initialise the other as it is when it stands by itself."""
        transform, xs = self.transform.initialize(zs, key, contexts)
        return self._with(transform), xs

    def _with(self, transform: Transform) -> "Inverse":
        return eqx.tree_at(lambda inverse: inverse.transform, self, transform)
