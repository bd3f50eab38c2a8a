"""A checkerboard's two colours as channels."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from surjax.nn.checkerboard import join_colours, split_colours
from surjax.transforms.base import Bijection, shape_error
from surjax.typing import Array, Context, Scalar, Shape


class Checkerboard(Bijection):
    """z = [black, white]: the pixels of the two colours of a checkerboard, one after the other; V = 0.

    x of shape (C, H, W) becomes z of shape (2C, H, W/2), whose first C channels are the pixels with row +
    column even. A `Coupling` of z by halves is then the coupling with a checkerboard mask of RealNVP
    (Dinh et al. 2017, section 3.4), with its swap the one with the colours exchanged, and
    `Inverse(Checkerboard())` puts the image together again. Networks may see the half's pixels close
    together, as they come, or in their places on the board by `nn.OnCheckerboard`.

    columns: the colours are those of the even and the odd columns instead, so that every row is cut alike
    (the split of the authors' Flow++, Ho et al. 2019). Raises ShapeError where the width is odd.

    >>> import jax, surjax as sx
    >>> z, _ = sx.Checkerboard().forward(jax.numpy.arange(4.0).reshape(1, 2, 2))
    >>> z.ravel()
    Array([0., 3., 1., 2.], dtype=float32)
    """

    V: ClassVar[str] = "0"

    columns: bool = eqx.field(static=True)

    def __init__(self, columns: bool = False):
        self.columns = columns

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of z: (2C, H, W/2)."""
        if len(x_shape) != 3 or x_shape[2] % 2:
            raise shape_error(self, x_shape, "images (C, H, W) whose width is even")
        channels, height, width = x_shape
        return (2 * channels, height, width // 2)

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of x: (C/2, H, 2·W)."""
        if len(z_shape) != 3 or z_shape[0] % 2:
            raise shape_error(self, z_shape, "z (C, H, W) whose channels are even in number")
        channels, height, width = z_shape
        return (channels // 2, height, 2 * width)

    def forward_and_log_det(self, x: Array, context: Context = None) -> tuple[Array, Scalar]:
        """x → (z, 0)."""
        return jnp.concatenate(split_colours(x, self.columns)), jnp.zeros((), x.dtype)

    def inverse_and_log_det(self, z: Array, context: Context = None) -> tuple[Array, Scalar]:
        """z → (x, 0)."""
        black, white = jnp.split(z, 2)
        return join_colours(black, white, self.columns), jnp.zeros((), z.dtype)
