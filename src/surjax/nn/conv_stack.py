"""Convolutions one after the other."""

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.nn.base import Network
from surjax.nn.conv import Conv, beside, check_compute_dtype, to_compute_dtype
from surjax.nn.sizes import Sizes
from surjax.typing import Array, Context, Floats, Key


class ConvStack(Network):
    """y = A_n ∗ ρ(… ρ(A₁ ∗ [x, context])): convolutions of one size with a ReLU between them (ρ).

    x has shape (C, H, W), and in_channels counts its channels and those of the context's images, which must
    have its height and width. hidden gives the channels between the convolutions.

    >>> import jax, surjax as sx
    >>> net = sx.nn.ConvStack(3, 4, hidden=(8,), key=jax.random.key(0))
    >>> net(jax.numpy.ones((3, 4, 4))).shape
    (4, 4, 4)
    """

    convs: tuple[Conv, ...]
    compute_dtype: str = eqx.field(static=True)

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        hidden: Sequence[int] = (32,),
        size: int = 5,
        compute_dtype: str = "float32",
        key: Any,
    ):
        widths = [in_channels, *hidden, out_channels]
        keys = jax.random.split(key, len(widths) - 1)
        self.convs = tuple(
            Conv(a, b, size, channels_last=True, key=k)
            for a, b, k in zip(widths, widths[1:], keys, strict=False)
        )
        self.compute_dtype = check_compute_dtype(compute_dtype)

    @classmethod
    def sized(cls, sizes: Sizes, *, key: Key, **settings: Any) -> "ConvStack":
        """Of an image, with those of the context beside it, one of the same height and width."""
        return cls(sizes.in_channels + sizes.context_channels, sizes.out_channels, key=key, **settings)

    def __call__(self, x: Array, context: Context = None) -> Floats:
        """x of shape (C, H, W), with the context's channels, → (out_channels, H, W)."""
        first, *others = self.convs
        h = first(to_compute_dtype(jnp.moveaxis(beside(x, context), 0, -1), self.compute_dtype))
        for conv in others:
            h = conv(jax.nn.relu(h))
        return jnp.moveaxis(h, -1, 0).astype(x.dtype)
