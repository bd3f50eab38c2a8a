"""An interval cut into bins: which bin a number lies in, and what belongs to that bin.

The splines run these on every element of every batch, so they are written for the compiler. Sums over
bins are products with a triangular matrix, because a cumulative sum over a few bins is several times
slower when compiled for a CPU. What belongs to a bin is gathered; but the derivative of a gather is a
scatter, slower again, so the derivatives here are written out as masks.
"""

from functools import partial

import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.typing import Array


def check_minimum(minimum: float, num_bins: int) -> float:
    """The least size of a bin, or ConfigError where num_bins such bins would leave no freedom."""
    if not 0 <= minimum * num_bins < 1:
        raise ConfigError(
            f"min_size is {minimum} for {num_bins} bins, which leaves no freedom: "
            "min_size·num_bins must lie in [0, 1)."
        )
    return float(minimum)


def simplex(raw: Array, minimum: float) -> Array:
    """Sizes of bins that add up to 1 along the last axis, each at least `minimum`: softmax above it."""
    return minimum + (1.0 - minimum * raw.shape[-1]) * jax.nn.softmax(raw, axis=-1)


def upper_ends(sizes: Array) -> Array:
    """Where each bin ends, if the first begins at 0: the sums of the sizes up to it."""
    k = sizes.shape[-1]
    triangle = jnp.triu(jnp.ones((k, k), sizes.dtype))
    return jnp.matmul(sizes, triangle, precision=jax.lax.Precision.HIGHEST)


def find_bin(u: Array, ends: Array) -> Array:
    """The index of the bin that u lies in; the first and the last bin go on beyond their ends."""
    return (u[..., None] >= ends[..., :-1]).sum(-1)


@jax.custom_jvp
def pick(values: Array, index: Array) -> Array:
    """values[index] along the last axis, 0 where the index is outside."""
    last = values.shape[-1] - 1
    picked = jnp.take_along_axis(values, jnp.clip(index, 0, last)[..., None], axis=-1)[..., 0]
    return jnp.where((index < 0) | (index > last), 0.0, picked)


@pick.defjvp
def _pick_jvp(primals, tangents):
    values, index = primals
    here = jnp.arange(values.shape[-1]) == index[..., None]
    return pick(values, index), jnp.where(here, tangents[0], 0.0).sum(-1)


def softmax_ends(raw: Array, minimum: float) -> Array:
    """`upper_ends(simplex(raw, minimum))`, to find a bin by; it has no gradient."""
    _, sums = _exponentials(jax.lax.stop_gradient(raw))
    k = raw.shape[-1]
    least = minimum * jnp.arange(1, k + 1, dtype=raw.dtype)
    return least + (1.0 - minimum * k) * sums / sums[..., -1:]


@partial(jax.custom_jvp, nondiff_argnums=(2,))
def softmax_bin(raw: Array, index: Array, minimum: float) -> tuple[Array, Array]:
    """(start, size) of one of the bins of `simplex(raw, minimum)`.

    With p = softmax(raw): start = index·minimum + c Σ_{j < index} p_j, size = minimum + c p_index, where
    c = 1 − minimum·num_bins.
    """
    exponentials, sums = _exponentials(raw)
    scale = (1.0 - minimum * raw.shape[-1]) / sums[..., -1]
    least = minimum * index.astype(raw.dtype)
    return least + scale * pick(sums, index - 1), minimum + scale * pick(exponentials, index)


@softmax_bin.defjvp
def _softmax_bin_jvp(minimum, primals, tangents):
    (raw, index), (draw, _) = primals, tangents
    start, size = softmax_bin(raw, index, minimum)
    exponentials, sums = _exponentials(raw)
    total, change = sums[..., -1], exponentials * draw
    bins, at = jnp.arange(raw.shape[-1]), index[..., None]
    # The quotients come last: going backwards, XLA computes a quotient once for all bins, but what it
    # takes for cheap, once for each.
    below = jnp.where(bins < at, change, 0.0).sum(-1) / total
    here = jnp.where(bins == at, change, 0.0).sum(-1) / total
    mean = change.sum(-1) / total
    scale = 1.0 - minimum * raw.shape[-1]
    dstart = scale * below - (start - minimum * index.astype(raw.dtype)) * mean
    dsize = scale * here - (size - minimum) * mean
    return (start, size), (dstart, dsize)


def _exponentials(raw: Array) -> tuple[Array, Array]:
    """exp(raw), scaled so that the largest is 1, and its cumulative sums."""
    exponentials = jnp.exp(raw - raw.max(-1, keepdims=True))
    return exponentials, upper_ends(exponentials)


@jax.custom_jvp
def softplus(x: Array) -> Array:
    """log(1 + eˣ), for x that was picked for a bin; for the derivative as a quotient, see above."""
    return jnp.maximum(x, 0.0) + jnp.log1p(jnp.exp(-jnp.abs(x)))


@softplus.defjvp
def _softplus_jvp(primals, tangents):
    (x,), (dx,) = primals, tangents
    return softplus(x), dx / (1.0 + jnp.exp(-jnp.maximum(x, -80.0)))
