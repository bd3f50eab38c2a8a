"""The pyramid surjection: an image of whole numbers as a smaller one and its details."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from surjax.distributions.base import Distribution
from surjax.errors import ConfigError
from surjax.transforms.base import require_shape
from surjax.transforms.bijections.squeeze import Squeeze
from surjax.transforms.surjections.base import Surjection, require_decoder
from surjax.typing import Array, Image, Shape

PYRAMIDS = ("mean", "nearest")
"""What the smaller image can be, by name."""


class Pyramid(Surjection):
    """z = the image at half its height and width; what it lacks, the details, is dropped.

        V = log p(details | z)

    x holds whole numbers, of shape (C, H, W), and z has shape (C, H/2, W/2). Each window of pixels a b over
    c d becomes one pixel of z and three details, whole numbers too:

        mean:      z = ⌊(a + b + c + d + 2)/4⌋,   details a − b, a − c, a − d
        nearest:   z = a,                          details b, c, d

    The first is an integer lifting: with T the sum of the three, z = a + ⌊(2 − T)/4⌋, so that the rounded
    mean and the differences give the window back exactly. Both maps are one-to-one on whole numbers, and
    keep counting measure: log p(x) = log p(z) + log p(details | z), with nothing to add. A chain of them
    over a model of the smallest image is a progressive model of an image (as Wavelet Flow is of continuous
    ones: Yu, Derpanis and Brubaker 2020).

    decoder is a distribution of the details, of shape (3C, H/2, W/2) with the three of one channel side by
    side, given z. Details that no image has (those of a mean of 0 that are below it, say) may get a share of
    its mass, which `merge` turns into pixels outside the range. kind is "mean" or "nearest". Raises
    ShapeError where height or width is odd, ConfigError where kind is another or the decoder does not fit.

    >>> import jax, surjax as sx
    >>> details = sx.Flow(sx.DiscretizedLogistic((3, 1, 1), 511), sx.Shift(255.0))
    >>> pyramid = sx.Pyramid((1, 2, 2), details)
    >>> z, _, dropped = pyramid.encode(jax.numpy.array([[[10, 20], [30, 41]]]))
    >>> z.ravel(), dropped.ravel()
    (Array([25.], dtype=float32), Array([-10., -20., -31.], dtype=float32))
    """

    V: ClassVar[str] = "log p(details | z)"

    decoder: Distribution
    shape: Shape = eqx.field(static=True)
    kind: str = eqx.field(static=True)

    def __init__(self, shape: Shape, decoder: Distribution, kind: str = "mean"):
        if kind not in PYRAMIDS:
            raise ConfigError(f"kind is {kind!r} and must be one of {', '.join(PYRAMIDS)}.")
        self.shape, self.kind = tuple(shape), kind
        channels, *size = self.halved_shape
        self.decoder = require_decoder(self, decoder, (3 * channels, *size))

    @property
    def halved_shape(self) -> Shape:
        """The shape of the smaller image: (C, H/2, W/2)."""
        channels, height, width = Squeeze().z_shape(self.shape)
        return (channels // 4, height, width)

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of z: (C, H/2, W/2)."""
        require_shape(self, x_shape, self.shape)
        return self.halved_shape

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of x: `shape`."""
        require_shape(self, z_shape, self.halved_shape)
        return self.shape

    def split(self, x: Image) -> tuple[Array, Array]:
        """x → (the smaller image, the details), as whole numbers in floating point."""
        channels, height, width = self.halved_shape
        x = jnp.asarray(x, jnp.result_type(x, jnp.float32))  # 8 bits would not hold the differences
        windows = Squeeze().forward_and_log_det(x)[0].reshape(channels, 4, height, width)
        first, details = windows[:, :1], windows[:, 1:]
        if self.kind == "mean":
            details = first - details
            first = first + _lift(details)
        return first[:, 0], details.reshape(3 * channels, height, width)

    def merge(self, z: Image, dropped: Array) -> Array:
        """(the smaller image, the details) → x."""
        channels, height, width = self.halved_shape
        dtype = jnp.result_type(z, dropped, jnp.float32)
        details = dropped.astype(dtype).reshape(channels, 3, height, width)
        first = z.astype(dtype)[:, None]
        if self.kind == "mean":
            first = first - _lift(details)
            details = first - details
        windows = jnp.concatenate([first, details], axis=1)
        return Squeeze().inverse_and_log_det(windows.reshape(4 * channels, height, width))[0]


def _lift(details: Array) -> Array:
    """⌊(2 − T)/4⌋, what the rounded mean of a window has more than its first pixel."""
    return jnp.floor((2 - details.sum(1, keepdims=True)) / 4)
