"""Linear layers, as Equinox draws them, or of zeros."""

import itertools
from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp


def linear_layers(sizes: Sequence[int], zero_last: bool, key: Any) -> tuple[eqx.nn.Linear, ...]:
    """A layer from each size to the next; the last one is of zeros where `zero_last` says so."""
    pairs, keys = list(itertools.pairwise(sizes)), jax.random.split(key, len(sizes) - 1)
    drawn = len(pairs) - zero_last
    layers = [eqx.nn.Linear(a, b, key=k) for (a, b), k in zip(pairs[:drawn], keys, strict=False)]
    return (*layers, *(zero_linear(a, b) for a, b in pairs[drawn:]))


def zero_linear(in_size: int, out_size: int) -> eqx.nn.Linear:
    """A layer of zeros. Nothing is drawn for it: to compile a draw takes a tenth of a second."""
    shapes = eqx.filter_eval_shape(eqx.nn.Linear, in_size, out_size, key=jax.random.key(0))
    return jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)
