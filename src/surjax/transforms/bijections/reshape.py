"""The same numbers in another shape."""

import math
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.transforms.base import Bijection, require_shape
from surjax.typing import Array, Context, Scalar, Shape


class Reshape(Bijection):
    """z = x in another shape, in row-major order; V = 0.

    Raises ConfigError where the two shapes do not hold equally many numbers.

    >>> import jax, surjax as sx
    >>> sx.Reshape((2, 2), (4,)).forward(jax.numpy.ones((2, 2)))[0].shape
    (4,)
    """

    V: ClassVar[str] = "0"

    before: Shape = eqx.field(static=True)
    after: Shape = eqx.field(static=True)

    def __init__(self, before: Shape, after: Shape):
        if math.prod(before) != math.prod(after):
            raise ConfigError(
                f"shape {tuple(before)} holds {math.prod(before)} numbers and shape {tuple(after)} holds "
                f"{math.prod(after)}: give two shapes that hold equally many."
            )
        self.before, self.after = tuple(before), tuple(after)

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: `before`."""
        return self.before

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of z: `after`."""
        require_shape(self, x_shape, self.before)
        return self.after

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of x: `before`."""
        require_shape(self, z_shape, self.after)
        return self.before

    def forward_and_log_det(self, x: Array, context: Context = None) -> tuple[Array, Scalar]:
        """x → (x in shape `after`, 0)."""
        return x.reshape(self.after), jnp.zeros((), x.dtype)

    def inverse_and_log_det(self, z: Array, context: Context = None) -> tuple[Array, Scalar]:
        """z → (z in shape `before`, 0)."""
        return z.reshape(self.before), jnp.zeros((), z.dtype)
