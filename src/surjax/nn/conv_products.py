"""Convolutions as products of matrices, for CPUs.

XLA runs convolutions inside a loop (`Repeat`), and their gradients, many times slower than this on CPUs.
There are three ways to write one, and which is fastest depends on the numbers of channels on either side:

    gathered    all places of the window side by side as channels, then one product
    scattered   one product for all places of the window, whose parts are shifted and added
    by rows     gathered along the width, scattered along the height
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from surjax.typing import Array

MANY = 128
"""From so many numbers a pixel on, a product is long enough not to be held up by memory."""


def product(x: Array, matrix: Array, channels_last: bool) -> Array:
    """The matrix times the channels of each pixel."""
    if channels_last:
        return jnp.einsum("hwc,oc->hwo", x, matrix)
    return jnp.einsum("oc,chw->ohw", matrix, x)


@partial(jax.custom_jvp, nondiff_argnums=(2, 3))
def convolve_by_products(x: Array, weight: Array, dilation: int, channels_last: bool) -> Array:
    """The convolution with stride 1 of an image that is padded to keep its size, see `convolve`."""
    return _fastest(weight)(x, weight, dilation, channels_last)


@convolve_by_products.defjvp
def _tangent(dilation: int, channels_last: bool, primals: Any, tangents: Any) -> tuple[Array, Array]:
    """The derivative is written so that its transpose is fast: in x, gathered becomes scattered, and the
    other way round. It is worked out from x again (checkpoint) rather than from a gathered x that would be
    kept."""
    x, weight = primals
    in_weight = _fastest(weight)
    in_x = _scattered if in_weight is _scattered else _gathered

    @jax.checkpoint
    def derivative(x: Array, weight: Array, dx: Array, dweight: Array) -> Array:
        return in_x(dx, weight, dilation, channels_last) + in_weight(x, dweight, dilation, channels_last)

    return convolve_by_products(x, weight, dilation, channels_last), derivative(x, weight, *tangents)


def _fastest(weight: Array) -> Callable[..., Array]:
    """The way to write a convolution with a weight of that shape."""
    out, channels, _, width = weight.shape
    if channels > out:
        return _scattered
    return _gathered if channels * width < MANY else _by_rows


def _gathered(x: Array, weight: Array, dilation: int, channels_last: bool) -> Array:
    out, _, height, width = weight.shape
    columns = _neighbours(x, height, width, dilation, channels_last)
    return product(columns, weight.transpose(0, 2, 3, 1).reshape(out, -1), channels_last)


def _scattered(x: Array, weight: Array, dilation: int, channels_last: bool) -> Array:
    out, channels, height, width = weight.shape
    products = product(x, weight.transpose(2, 3, 0, 1).reshape(-1, channels), channels_last)
    parts = jax.lax.split(_wide(products), [out] * (height * width), 2 if channels_last else 0)
    places = [
        (dilation * ((height - 1) // 2 - i), dilation * ((width - 1) // 2 - j))
        for i in range(height)
        for j in range(width)
    ]
    return _total(parts, places, channels_last).astype(x.dtype)


def _by_rows(x: Array, weight: Array, dilation: int, channels_last: bool) -> Array:
    out, _, height, width = weight.shape
    columns = _neighbours(x, 1, width, dilation, channels_last)
    rows = weight.transpose(2, 0, 3, 1).reshape(height, out, -1)
    parts = [_wide(product(columns, rows[i], channels_last)) for i in range(height)]
    places = [(dilation * ((height - 1) // 2 - i), 0) for i in range(height)]
    return _total(parts, places, channels_last).astype(x.dtype)


def _neighbours(x: Array, height: int, width: int, dilation: int, channels_last: bool) -> Array:
    """For each pixel the channels of all pixels in its window, side by side; zeros outside of the image."""
    rows, columns = x.shape[:2] if channels_last else x.shape[1:]
    top, left = dilation * ((height - 1) // 2), dilation * ((width - 1) // 2)
    down, right = dilation * (height - 1) - top, dilation * (width - 1) - left
    padding = [(top, down), (left, right)]
    padding.insert(2 if channels_last else 0, (0, 0))
    wide = jnp.pad(x, padding)
    views = []
    for i in range(0, dilation * height, dilation):
        for j in range(0, dilation * width, dilation):
            window = (slice(i, i + rows), slice(j, j + columns))
            views.append(wide[window] if channels_last else wide[:, *window])
    return jnp.concatenate(views, 2 if channels_last else 0)


def _total(parts: Any, places: list[tuple[int, int]], channels_last: bool) -> Array:
    """The sum of images that are each shifted down and to the right; what leaves the image is cut off."""
    total = jnp.zeros((), parts[0].dtype)
    for part, (down, right) in zip(parts, places, strict=True):
        shifts = [(down, -down, 0), (right, -right, 0)]
        shifts.insert(2 if channels_last else 0, (0, 0, 0))
        total = total + jax.lax.pad(part, jnp.zeros((), part.dtype), shifts)
    return total


def _wide(x: Array) -> Array:
    """x in float32 at least, in which sums are taken."""
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))
