"""Arithmetic of arrays of several shapes and types, whatever a program forbids itself."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import jax

P = ParamSpec("P")
T = TypeVar("T")


def promoting(function: Callable[P, T]) -> Callable[P, T]:
    """The function, within which arrays of fewer axes and of narrower types fit wider ones.

    So it does what it does under `jax_numpy_rank_promotion="raise"` and `jax_numpy_dtype_promotion="strict"`,
    which a program may set for arithmetic of its own.

    >>> import jax.numpy as jnp
    >>> add = promoting(lambda a, b: a + b)
    >>> with jax.numpy_rank_promotion("raise"):
    ...     add(jnp.ones((1, 2)), jnp.ones(2)).tolist()
    [[2.0, 2.0]]
    """

    @functools.wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> T:
        with jax.numpy_rank_promotion("allow"), jax.numpy_dtype_promotion("standard"):
            return function(*args, **kwargs)

    return called
