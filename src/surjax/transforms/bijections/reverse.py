"""The reversal of an axis."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from surjax.transforms.base import Bijection, shape_error
from surjax.typing import Context, Numbers, Scalar, Shape


class Reverse(Bijection):
    """z_i = x_{n−1−i} along an axis, the first by default; V = 0.

    x may have any shape that has that axis. axis −1 mirrors an image left to right.

    >>> import jax, surjax as sx
    >>> sx.Reverse().forward(jax.numpy.array([1.0, 2.0, 3.0]))[0]
    Array([3., 2., 1.], dtype=float32)
    """

    V: ClassVar[str] = "0"

    axis: int = eqx.field(static=True, default=0)

    def __init__(self, axis: int = 0):
        self.axis = axis

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of z, that of x."""
        if not -len(x_shape) <= self.axis < len(x_shape):
            raise shape_error(self, x_shape, f"shapes with an axis {self.axis} to reverse")
        return tuple(x_shape)

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of x, that of z."""
        return self.z_shape(z_shape)

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → (x reversed, 0)."""
        return jnp.flip(x, self.axis), jnp.zeros((), x.dtype)

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (z reversed, 0)."""
        return jnp.flip(z, self.axis), jnp.zeros((), z.dtype)
