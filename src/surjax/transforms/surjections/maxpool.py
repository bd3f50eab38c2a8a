"""The max-pooling surjection."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from surjax.distributions.base import Distribution
from surjax.distributions.categorical import Categorical
from surjax.distributions.half_normal import HalfNormal
from surjax.distributions.joint import Joint
from surjax.transforms.base import require_shape
from surjax.transforms.bijections.squeeze import Squeeze
from surjax.transforms.surjections.base import Surjection, require_decoder
from surjax.transforms.surjections.max import put_maximum, take_maximum
from surjax.typing import Array, Shape


class MaxPool(Surjection):
    """z = the maximum of each window of 2 × 2 pixels, for each channel (Nielsen et al. 2020).

    x of shape (C, H, W) becomes z of shape (C, H/2, W/2). Dropped are where in its window the maximum
    was, k ∈ {0, …, 3} in row-major order, and how far the other three lie below it, d ≥ 0:

        V = log p(k, d | z)

    decoder is a distribution over (k, d), of shapes (C, H/2, W/2) and (3C, H/2, W/2) (the three of one
    channel side by side, in their order), by default `Joint(Categorical(…, 4), HalfNormal(…))`: any place
    is as likely, and the differences are half-normal. Raises ShapeError where height or width is odd,
    ConfigError where the decoder does not fit.

    >>> import jax, surjax as sx
    >>> x = jax.numpy.array([[[1.0, 4.0], [2.0, 3.0]]])
    >>> z, contribution, (place, below) = sx.MaxPool((1, 2, 2)).encode(x)
    >>> z.ravel(), place.ravel(), below.ravel()
    (Array([4.], dtype=float32), Array([1], dtype=int32), Array([3., 2., 1.], dtype=float32))
    """

    V: ClassVar[str] = "log p(argmax | z) + log p(differences | z)"

    decoder: Distribution
    shape: Shape = eqx.field(static=True)

    def __init__(self, shape: Shape, decoder: Distribution | None = None):
        self.shape = tuple(shape)
        places = self.pooled_shape
        below = (3 * places[0], *places[1:])
        if decoder is None:
            decoder = Joint(Categorical(places, 4), HalfNormal(below))
        self.decoder = require_decoder(self, decoder, (places, below))

    @property
    def pooled_shape(self) -> Shape:
        """The shape of the smaller image: (C, H/2, W/2)."""
        channels, height, width = Squeeze().z_shape(self.shape)
        return (channels // 4, height, width)

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of z: (C, H/2, W/2)."""
        require_shape(self, x_shape, self.shape)
        return self.pooled_shape

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of x: `shape`."""
        require_shape(self, z_shape, self.pooled_shape)
        return self.shape

    def split(self, x: Array) -> tuple[Array, tuple[Array, Array]]:
        """x → (the maxima, (where they were, how far the others lie below))."""
        channels, height, width = self.pooled_shape
        windows = Squeeze().forward_and_log_det(x)[0].reshape(channels, 4, height, width)
        z, k, below = take_maximum(jnp.moveaxis(windows, 1, 0))
        return z, (k, jnp.moveaxis(below, 0, 1).reshape(3 * channels, height, width))

    def merge(self, z: Array, dropped: tuple[Array, Array]) -> Array:
        """(the maxima, (where they were, how far the others lie below)) → x."""
        channels, height, width = self.pooled_shape
        k, below = dropped
        below = jnp.moveaxis(below.reshape(channels, 3, height, width), 1, 0)
        windows = jnp.moveaxis(put_maximum(z, k, below), 0, 1)
        return Squeeze().inverse_and_log_det(windows.reshape(4 * channels, height, width))[0]
