"""Codes of categories as vectors that networks take."""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.nn.base import Network
from surjax.typing import Context, Floats, Numbers


class OneHot(Network):
    """Numbers as they are, then for each code k of K categories the k-th row of the identity of size K.

    x is a vector; sizes has for each of its entries the number of categories, of which the entry is the code
    0 … K − 1, or 0 where it is a number. With without_last the last entry of each row, which follows from the
    others, is left out, so that a covariance of the features has full rank. Raises ConfigError for a size of
    1 or below 0.

    >>> OneHot((0, 3))(jnp.array([0.5, 1.0]))
    Array([0.5, 0. , 1. , 0. ], dtype=float32)
    """

    sizes: tuple[int, ...] = eqx.field(static=True)
    without_last: bool = eqx.field(static=True)

    def __init__(self, sizes: Sequence[int], *, without_last: bool = False):
        if not sizes or any(size == 1 or size < 0 for size in sizes):
            raise ConfigError(
                f"OneHot was given the sizes {tuple(sizes)}: give 0 for a number, or the number of "
                "categories, which is 2 or more."
            )
        self.sizes, self.without_last = tuple(sizes), without_last

    @property
    def numbers(self) -> int:
        """How many entries are numbers."""
        return self.sizes.count(0)

    @property
    def size(self) -> int:
        """How many numbers come out."""
        return self.numbers + sum(size - self.without_last for size in self.sizes if size)

    def __call__(self, x: Numbers, context: Context = None) -> Floats:
        """x of shape (len(sizes),) → the numbers and the rows, of shape (size,)."""
        x = jnp.asarray(x, jnp.result_type(x, float))
        parts = [x[jnp.array([i for i, size in enumerate(self.sizes) if not size], int)]]
        for i, size in enumerate(self.sizes):
            if size:
                code = jnp.round(x[i]).astype(jnp.int32)
                parts.append(jax.nn.one_hot(code, size, dtype=x.dtype)[: size - self.without_last])
        return jnp.concatenate(parts)
