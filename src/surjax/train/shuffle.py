"""A random order of a data set that needs no memory: any position can be asked for by itself."""

from typing import Any

import jax
import jax.numpy as jnp

from surjax.typing import Array


def shuffled(key: Any, position: Array, n: int) -> Array:
    """Where `position` ∈ {0..n−1} (uint32, any shape) goes under a random permutation of n.

    A permutation of k bits, the smallest k with 2ᵏ ≥ n, made of rounds that are each one-to-one (an odd
    factor, a keyed sum, a shifted exclusive-or), and walked until it lands below n. A stored permutation
    would have to be drawn, by a sort, each epoch and be a part of every checkpoint; this one is a
    function of (key, position), so a run resumes in the middle of an epoch from the step number alone.
    """
    bits = max((n - 1).bit_length(), 2)
    mask, half = jnp.uint32((1 << bits) - 1), jnp.uint32(max(bits // 2, 1))
    constants = jax.random.bits(key, (4, 2), jnp.uint32)

    def mix(i: Array) -> Array:
        for factor, add in constants:
            i = (i * (factor | 1) + add) & mask
            i = i ^ (i >> half)
        return i

    def walk(i: Array) -> Array:
        return jnp.where(i >= n, mix(i), i)

    first = mix(jnp.asarray(position, jnp.uint32))
    return jax.lax.while_loop(lambda i: (i >= n).any(), walk, first)


def batch_indices(key: Any, step: Array, n: int, batch_size: int) -> Array:
    """The rows of the batch of a step: every epoch is a new random order, a short last batch is left out."""
    per_epoch = n // batch_size
    epoch, at = step // per_epoch, step % per_epoch
    positions = at * batch_size + jnp.arange(batch_size)
    return shuffled(jax.random.fold_in(key, epoch), positions, n)


def indices_of_steps(key: Any, first: Array, steps: int, n: int, batch_size: int) -> Array:
    """The rows of the batches of `steps` steps from `first` on: (steps, batch_size)."""
    at = first + jnp.arange(steps, dtype=jnp.int32)
    return jax.vmap(lambda step: batch_indices(key, step, n, batch_size))(at)
