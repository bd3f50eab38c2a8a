"""Whole numbers and halves are taken as floats: what the laws of transforms and of distributions share."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from surjax.testing.law import Differences, same

TYPES = (jnp.int32, jnp.float16)
"""What is handed in instead of JAX's default float."""


def taken_as_floats(what: str, function: Callable[[Any], Any], x: Any) -> Differences:
    """The types of all that a function gives are those that it gives of floats; nothing is computed.

    function: x → any pytree of arrays. x: an array of floats, or its outline.
    """

    def types(dtype: Any) -> list[str]:
        given = jax.ShapeDtypeStruct(x.shape, dtype)
        return [str(leaf.dtype) for leaf in jax.tree.leaves(jax.eval_shape(function, given))]

    expected = types(jnp.result_type(float))
    for dtype in TYPES:
        yield same(f"the types of {what} of {jnp.dtype(dtype).name}", types(dtype), expected)
