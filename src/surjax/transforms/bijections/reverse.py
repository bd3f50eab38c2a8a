"""The reversal of the first axis."""

from typing import ClassVar

import jax.numpy as jnp

from surjax.transforms.base import Bijection, shape_error
from surjax.typing import Array, Context, Scalar, Shape


class Reverse(Bijection):
    """z_i = x_{n−1−i} along the first axis, for x of any shape but (); V = 0.

    >>> import jax, surjax as sx
    >>> sx.Reverse().forward(jax.numpy.array([1.0, 2.0, 3.0]))[0]
    Array([3., 2., 1.], dtype=float32)
    """

    V: ClassVar[str] = "0"

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of x."""
        if not x_shape:
            raise shape_error(self, x_shape, "shapes with an axis to reverse")
        return tuple(x_shape)

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of z."""
        return self.z_shape(z_shape)

    def forward_and_log_det(self, x: Array, context: Context = None) -> tuple[Array, Scalar]:
        """x → (x reversed, 0)."""
        return x[::-1], jnp.zeros((), x.dtype)

    def inverse_and_log_det(self, z: Array, context: Context = None) -> tuple[Array, Scalar]:
        """z → (z reversed, 0)."""
        return z[::-1], jnp.zeros((), z.dtype)
