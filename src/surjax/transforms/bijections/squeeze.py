"""Space to depth."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.transforms.base import Bijection, shape_error
from surjax.typing import Array, Context, Scalar, Shape


class Squeeze(Bijection):
    """Each window of f × f pixels becomes f² channels of one pixel (Dinh et al. 2017, RealNVP, section 3.6).

        z[f²c + f·i + j, h, w] = x[c, f·h + i, f·w + j],   V = 0

    x of shape (C, H, W) becomes z of shape (f²C, H/f, W/f). The channels that came out of one channel of x
    lie side by side, the window's in row-major order. Its `Inverse` spreads channels over space again.
    Raises ConfigError where the factor is below 2, ShapeError where it does not divide height and width.

    >>> import jax, surjax as sx
    >>> sx.Squeeze().forward(jax.numpy.arange(4.0).reshape(1, 2, 2))[0].ravel()
    Array([0., 1., 2., 3.], dtype=float32)
    """

    V: ClassVar[str] = "0"

    factor: int = eqx.field(static=True)

    def __init__(self, factor: int = 2):
        if factor < 2:
            raise ConfigError(f"a squeeze by a factor of {factor} was asked for: give 2 or more.")
        self.factor = factor

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of z: (f²C, H/f, W/f)."""
        f = self.factor
        if len(x_shape) != 3 or x_shape[1] % f or x_shape[2] % f:
            raise shape_error(self, x_shape, f"images (C, H, W) whose height and width are multiples of {f}")
        channels, height, width = x_shape
        return (channels * f * f, height // f, width // f)

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of x: (C/f², H·f, W·f)."""
        f = self.factor
        if len(z_shape) != 3 or z_shape[0] % (f * f):
            raise shape_error(self, z_shape, f"z (C, H, W) whose channels are a multiple of {f * f}")
        channels, height, width = z_shape
        return (channels // (f * f), height * f, width * f)

    def forward_and_log_det(self, x: Array, context: Context = None) -> tuple[Array, Scalar]:
        """x → (z, 0)."""
        channels, height, width = x.shape
        f = self.factor
        windows = x.reshape(channels, height // f, f, width // f, f)
        z = windows.transpose(0, 2, 4, 1, 3).reshape(self.z_shape(x.shape))
        return z, jnp.zeros((), x.dtype)

    def inverse_and_log_det(self, z: Array, context: Context = None) -> tuple[Array, Scalar]:
        """z → (x, 0)."""
        channels, height, width = z.shape
        f = self.factor
        windows = z.reshape(channels // (f * f), f, f, height, width)
        x = windows.transpose(0, 3, 1, 4, 2).reshape(self.x_shape(z.shape))
        return x, jnp.zeros((), z.dtype)
