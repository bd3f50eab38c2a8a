"""Which arrays of a model are trained.

Every floating-point array is a parameter, unless it is held in a `Fixed`.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike


class Fixed(eqx.Module):
    """An array that belongs to the model, is saved with it, and that training leaves as it is.

    >>> Fixed(2.0).value.item()
    2.0
    """

    array: Array

    def __init__(self, array: ArrayLike):
        self.array = jnp.asarray(array)

    @property
    def value(self) -> Array:
        """The array; no gradient flows into it."""
        return jax.lax.stop_gradient(self.array)


def value(parameter: Array | Fixed) -> Array:
    """The array of a parameter, be it trained or `Fixed`."""
    return parameter.value if isinstance(parameter, Fixed) else parameter


def hold(array: ArrayLike, trainable: bool) -> Array | Fixed:
    """The array as a trained parameter, or wrapped in `Fixed`."""
    return jnp.asarray(array) if trainable else Fixed(array)


def partition(model: Any) -> tuple[Any, Any]:
    """Split a model into (trained parameters, the rest); `equinox.combine` puts it together again.

    The trained parameters are the floating-point arrays outside every `Fixed`.
    """
    mask = jax.tree.map(_is_trained, model, is_leaf=lambda leaf: isinstance(leaf, Fixed))
    return eqx.partition(model, mask)


def count_parameters(model: Any) -> int:
    """How many trained numbers a model holds.

    The model may be one of shapes only, such as `equinox.filter_eval_shape(config.build, key)` gives: a
    large one is counted so without being made.
    """
    leaves = jax.tree.leaves(partition(model)[0])
    return int(sum(np.prod(leaf.shape, dtype=np.int64) for leaf in leaves))


def _is_trained(leaf: Any) -> bool:
    if isinstance(leaf, jax.ShapeDtypeStruct):
        return bool(jnp.issubdtype(leaf.dtype, jnp.inexact))
    return eqx.is_inexact_array(leaf)
