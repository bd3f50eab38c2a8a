"""Slicing entries off, and its mirror image, augmentation."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from surjax.distributions.base import Distribution
from surjax.distributions.normal import Normal
from surjax.errors import ConfigError
from surjax.transforms.base import require_shape
from surjax.transforms.inverse import Inverse
from surjax.transforms.surjections.base import Surjection, require_decoder
from surjax.typing import Array, Floats, Shape


class Slice(Surjection):
    """z = x[:k], the first k entries along the first axis; the others are dropped.

        V = log p(x[k:] | z)                                     (Nielsen et al. 2020)

    The first axis is that of a vector's entries or of an image's channels. decoder is a distribution
    of shape (shape[0] − k, *shape[1:]), a standard normal by default: with a conditional one this is
    the factored-out latent of a multi-scale flow (Dinh et al. 2017, section 3.6). Its `Inverse` is
    augmentation, see `augment`. Raises ConfigError where k or the decoder does not fit.

    >>> import jax, surjax as sx
    >>> sx.Slice((3,), 2).forward(jax.numpy.array([5.0, 7.0, 0.0]))
    (Array([5., 7.], dtype=float32), Array(-0.9189385, dtype=float32))
    """

    V: ClassVar[str] = "log p(rest | z)"

    decoder: Distribution
    shape: Shape = eqx.field(static=True)
    num_kept: int = eqx.field(static=True)

    def __init__(self, shape: Shape, num_kept: int, decoder: Distribution | None = None):
        if not (len(shape) and 0 < num_kept < shape[0]):
            raise ConfigError(
                f"a slice of an x of shape {tuple(shape)} was asked to keep {num_kept} entries of its first "
                "axis: it must keep at least one and drop at least one."
            )
        rest = (shape[0] - num_kept, *shape[1:])
        self.decoder = require_decoder(self, Normal(rest) if decoder is None else decoder, rest)
        self.shape, self.num_kept = tuple(shape), num_kept

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of z: (k, *shape[1:])."""
        require_shape(self, x_shape, self.shape)
        return (self.num_kept, *self.shape[1:])

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of x: `shape`."""
        require_shape(self, z_shape, (self.num_kept, *self.shape[1:]))
        return self.shape

    def split(self, x: Floats) -> tuple[Floats, Array]:
        """x → (x[:k], x[k:])."""
        return x[: self.num_kept], x[self.num_kept :]

    def merge(self, z: Floats, dropped: Array) -> Floats:
        """(x[:k], x[k:]) → x."""
        return jnp.concatenate([z, dropped])


def augment(shape: Shape, num_extra: int, encoder: Distribution | None = None) -> Inverse:
    """z = (x, e) with e ~ q(e | x): noise entries are put after those of x, along the first axis.

        V = −log q(e | x)               (Huang et al. 2020, Augmented Normalizing Flows)

    x has shape `shape`; encoder is a distribution of shape (num_extra, *shape[1:]), a standard normal
    by default. The inverse of `Slice`.

    >>> import jax, surjax as sx
    >>> sx.augment((2,), 1).forward(jax.numpy.ones(2), jax.random.key(0))[0].shape
    (3,)
    """
    return Inverse(Slice((shape[0] + num_extra, *shape[1:]), shape[0], encoder))
