"""The one dtype in which a model computes: JAX's default float, or wider."""

from typing import Any

import jax
import jax.numpy as jnp


def as_floats(x: Any) -> Any:
    """Numbers as floats of at least JAX's default width: float32, or float64 under jax_enable_x64.

    Whole numbers and truth values become floats, so that a model gives the same for 1 and for 1.0, and
    halves become wider. x is a pytree of arrays.
    """
    return jax.tree.map(_as_float, x)


def widened(context: Any) -> Any:
    """A context with its floats as `as_floats` has them; whole numbers, which may be labels, stay."""
    return jax.tree.map(
        lambda leaf: _as_float(leaf) if jnp.issubdtype(jnp.result_type(leaf), jnp.floating) else leaf, context
    )


def _as_float(leaf: Any) -> Any:
    leaf = jnp.asarray(leaf)
    if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        return leaf
    width = jnp.result_type(float)
    inexact = jnp.issubdtype(leaf.dtype, jnp.inexact)
    return leaf.astype(jnp.promote_types(leaf.dtype, width) if inexact else width)
