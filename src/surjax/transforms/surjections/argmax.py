"""The argmax surjection."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from surjax.distributions.base import Distribution
from surjax.distributions.normal import Normal
from surjax.distributions.thresholded import Thresholded
from surjax.errors import ConfigError
from surjax.transforms.base import require_shape
from surjax.transforms.surjections.base import Surjection, require_decoder
from surjax.typing import Array, Floats, Shape


class ArgMax(Surjection):
    """z = argmax v, of shape (1,), for a vector v of K entries; v is dropped, all but which is largest.

        V = log p(v | z), whose support is argmax v = z          (Hoogeboom et al. 2021)

    `Inverse(ArgMax(K))` makes a categorical column continuous: a class x ∈ {0, …, K − 1} becomes a
    vector v ~ q(v | x) with V = −log q(v | x), for a flow over v to model. decoder is a conditional
    distribution over v with that support; by default `Thresholded(Normal((K,)))`. The class is a whole
    number in the floating-point dtype of v. Raises ConfigError where K or the decoder does not fit.

    >>> import jax, surjax as sx
    >>> column = sx.Inverse(sx.ArgMax(5))
    >>> v, contribution = column.forward(jax.numpy.array([3.0]), jax.random.key(0))
    >>> v.shape, column.inverse(v)
    ((5,), Array([3.], dtype=float32))
    """

    V: ClassVar[str] = "log p(v | z)"

    decoder: Distribution
    num_classes: int = eqx.field(static=True)

    def __init__(self, num_classes: int, decoder: Distribution | None = None):
        if num_classes < 2:
            raise ConfigError(f"argmax over {num_classes} classes was asked for: it needs 2 or more.")
        decoder = Thresholded(Normal((num_classes,))) if decoder is None else decoder
        self.num_classes = num_classes
        self.decoder = require_decoder(self, decoder, (num_classes,))

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of z: (1,)."""
        require_shape(self, x_shape, (self.num_classes,))
        return (1,)

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of x: (K,)."""
        require_shape(self, z_shape, (1,))
        return (self.num_classes,)

    def split(self, x: Floats) -> tuple[Floats, Array]:
        """v → (argmax v, v)."""
        return jnp.argmax(x)[None].astype(x.dtype), x

    def merge(self, z: Floats, dropped: Array) -> Floats:
        """(argmax v, v) → v."""
        return dropped
