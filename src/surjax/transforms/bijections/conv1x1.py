"""The invertible 1×1 convolution."""

from typing import Any, ClassVar

import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.transforms.base import Bijection, shape_error
from surjax.transforms.bijections.linear import HIGHEST, LinearMap, LULinear, PlainLinear
from surjax.typing import Array, Context, Numbers, Scalar, Shape

PARAMETRIZATIONS: dict[str, type[LULinear] | type[PlainLinear]] = {"lu": LULinear, "plain": PlainLinear}
"""How the matrix is written, by name."""


class Conv1x1(Bijection):
    """One linear map of the channels, at every pixel (Kingma and Dhariwal 2018, Glow, section 3.2).

        z[:, h, w] = W x[:, h, w],   V = H·W·log |det W|

    x has shape (C, H, W) with C = num_channels. parametrization is "lu" (`LULinear`) or "plain"
    (`PlainLinear`), init what W is at the start, as there. Raises ConfigError for other names.

    >>> import jax, surjax as sx
    >>> conv = sx.Conv1x1(3, init="identity", key=jax.random.key(0))
    >>> conv.forward(jax.numpy.ones((3, 4, 4)))[0].shape
    (3, 4, 4)
    """

    V: ClassVar[str] = "H·W·log |det W|"

    linear: LinearMap

    def __init__(self, num_channels: int, parametrization: str = "lu", init: str = "orthogonal", *, key: Any):
        if parametrization not in PARAMETRIZATIONS:
            raise ConfigError(
                f"parametrization is {parametrization!r} and must be one of {', '.join(PARAMETRIZATIONS)}."
            )
        self.linear = PARAMETRIZATIONS[parametrization](num_channels, init, key=key)

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of x, an image of as many channels as the matrix has rows."""
        (channels,) = self.linear.fixed_shape or (0,)
        if len(x_shape) != 3 or x_shape[0] != channels:
            raise shape_error(self, x_shape, f"images ({channels}, H, W)")
        return tuple(x_shape)

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of z, an image of as many channels as the matrix has rows."""
        return self.z_shape(z_shape)

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → (W x at every pixel, H·W·log |det W|)."""
        z, log_det = self.linear.forward_and_log_det(_columns(x))
        return z.reshape(x.shape), log_det * (x.size // len(x))

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (W⁻¹ z at every pixel, H·W·log |det W|)."""
        # W⁻¹ first: LAPACK's solve wants its columns in a layout that, when it is given the pixels, XLA
        # extends to the convolutions around, and they take half as long again.
        inverse = self.linear.solve(jnp.eye(len(z), dtype=z.dtype))
        x = jnp.matmul(inverse, _columns(z), precision=HIGHEST)
        return x.reshape(z.shape), self.linear.log_det(z.dtype) * (z.size // len(z))


def _columns(x: Array) -> Array:
    """The pixels of an image as the columns of a matrix."""
    return x.reshape(len(x), -1)
