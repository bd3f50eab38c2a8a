"""Permutations of the first axis."""

from collections.abc import Sequence
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import ArrayLike

from surjax.errors import ConfigError
from surjax.transforms.base import Bijection, shape_error
from surjax.typing import Array, Context, Numbers, Scalar, Shape


class Permute(Bijection):
    """z_i = x_{permutation[i]} along the first axis; V = 0. The permutation is not learned.

    Raises ConfigError where it does not hold each index from 0 to n − 1 once.

    >>> import jax, surjax as sx
    >>> sx.Permute((2, 0, 1)).forward(jax.numpy.array([1.0, 2.0, 3.0]))[0]
    Array([3., 1., 2.], dtype=float32)
    """

    V: ClassVar[str] = "0"

    permutation: Array

    def __init__(self, permutation: ArrayLike | Sequence[int]):
        if not isinstance(permutation, Tracer):  # what a compiled program draws is one
            given = np.asarray(permutation)
            if given.ndim != 1 or not np.array_equal(np.sort(given), np.arange(len(given))):
                raise ConfigError(f"{permutation} does not hold each index from 0 to n − 1 once.")
        self.permutation = jnp.asarray(permutation, jnp.int32)

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of x, whose first axis must be as long as the permutation."""
        n = self.permutation.shape[-1]
        if x_shape[:1] != (n,):
            raise shape_error(self, x_shape, f"shapes ({n}, …)")
        return tuple(x_shape)

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of z, whose first axis must be as long as the permutation."""
        return self.z_shape(z_shape)

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → (x[permutation], 0)."""
        return x[self.permutation], jnp.zeros((), x.dtype)

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (z[argsort(permutation)], 0)."""
        return z[jnp.argsort(self.permutation)], jnp.zeros((), z.dtype)


def Shuffle(size: int, *, key: Any) -> Permute:
    """A random permutation of `size` entries, drawn once from the key and then fixed.

    >>> import jax, surjax as sx
    >>> z = sx.Shuffle(3, key=jax.random.key(0)).forward(jax.numpy.arange(3.0))[0]
    >>> sorted(z.tolist())
    [0.0, 1.0, 2.0]
    """
    return Permute(jax.random.permutation(key, size))
