"""How far out the numbers are that networks are given."""

import jax.numpy as jnp

from surjax.typing import Array

FARTHEST = 1e9
"""No number that conditions a network is farther from 0."""


def within_reach(x: Array) -> Array:
    """x moved into [−10⁹, 10⁹], from where a network's sums stay far below what float32 holds.

    Beyond it one would overflow to ∞, and ∞ − ∞ to a NaN where the density is next to 0. Coupling and
    autoregressive layers show their networks what conditions them through this, in both directions, so that
    they stay invertible. Whole numbers stay as they are, and so does a NaN.

    >>> within_reach(jnp.array([1.0, -3e38]))
    Array([ 1.e+00, -1.e+09], dtype=float32)
    """
    return jnp.clip(x, -FARTHEST, FARTHEST) if jnp.issubdtype(x.dtype, jnp.floating) else x
