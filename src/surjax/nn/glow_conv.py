"""Glow's network of three convolutions."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.nn.base import Network
from surjax.nn.conv import beside, check_compute_dtype, to_compute_dtype
from surjax.nn.norm_conv import (
    NormConv,
    Visit,
    ZeroConv,
    apply_channels_last,
    initialize_channels_last,
)
from surjax.nn.sizes import Sizes
from surjax.typing import Array, Batch, Context, Floats, Key


class GlowConv(Network):
    """3×3, 1×1 and 3×3 convolutions, `width` channels between them (Kingma and Dhariwal 2018, Glow).

        y = Z ∗ ρ(B ∗ ρ(A ∗ x))                                         (ρ = ReLU)

    ActNorm follows the first two, as in the authors' code (`NormConv`, which bias_first and std are of), and
    the last starts at zero and has a learned scale (`ZeroConv`). A context is an image of the same size, or
    several, whose channels are put beside those of x: in_channels counts them. Features of an image that have
    seen their neighbours already need no window: with context_channels the context has that many, which
    in_channels does not count, and a 1×1 convolution C of its own, A ∗ x + C ∗ context: features=True says so
    to `GlowConv.of`. Inside, the channels are the last axis.

    >>> import jax, surjax as sx
    >>> net = sx.nn.GlowConv(3, 6, width=8, key=jax.random.key(0))
    >>> net(jax.numpy.ones((3, 4, 4))).shape
    (6, 4, 4)
    """

    first: NormConv
    second: NormConv
    last: ZeroConv
    compute_dtype: str = eqx.field(static=True)
    features: NormConv | None = None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        width: int = 512,
        compute_dtype: str = "float32",
        bias_first: bool = False,
        std: float | None = None,
        context_channels: int = 0,
        key: Any,
    ):
        first, second = jax.random.split(key)
        self.first = NormConv(in_channels, width, bias_first=bias_first, std=std, key=first)
        self.second = NormConv(width, width, 1, bias_first=bias_first, std=std, key=second)
        self.last = ZeroConv(width, out_channels)
        self.compute_dtype = check_compute_dtype(compute_dtype)
        self.features = None
        if context_channels:
            third = jax.random.fold_in(key, 2)
            self.features = NormConv(context_channels, width, 1, bias_first=bias_first, std=std, key=third)

    @classmethod
    def sized(cls, sizes: Sizes, *, key: Key, features: bool = False, **settings: Any) -> "GlowConv":
        """Of an image, with those of the context beside it, one of the same height and width.

        features: the context is seen through a convolution of its own instead.
        """
        seen = sizes.context_channels
        if features:
            return cls(sizes.image[0], sizes.out_channels, context_channels=seen, key=key, **settings)
        return cls(sizes.in_channels + seen, sizes.out_channels, key=key, **settings)

    def __call__(self, x: Array, context: Context = None) -> Floats:
        """x of shape (C, H, W), with the context's channels, → (out_channels, H, W)."""
        return self._walk(apply_channels_last, *self._inputs(x, context))[1]

    def initialize(self, xs: Array, contexts: Context = None) -> tuple["GlowConv", Batch]:
        """Initialise every convolution but the last."""
        layers, ys = self._walk(initialize_channels_last, *jax.vmap(self._inputs)(xs, contexts))
        there = 3 if self.features is not None else 2
        return eqx.tree_at(lambda n: (n.first, n.second, n.features)[:there], self, layers[:there]), ys

    def _inputs(self, x: Array, context: Context) -> tuple[Array, Array | None]:
        """What the first convolution sees, and what that of the features does, as (H, W, channels)."""
        if self.features is None:
            return jnp.moveaxis(beside(x, context), 0, -1), None
        return jnp.moveaxis(x, 0, -1), jnp.moveaxis(beside(context).astype(x.dtype), 0, -1)

    def _walk(self, visit: Visit, x: Array, context: Array | None) -> tuple[Any, Array]:
        first, h = visit(self.first, to_compute_dtype(x, self.compute_dtype))
        features = None
        if self.features is not None and context is not None:
            features, more = visit(self.features, to_compute_dtype(context, self.compute_dtype))
            h = h + more
        second, h = visit(self.second, jax.nn.relu(h))
        y = visit(self.last, jax.nn.relu(h))[1]
        return (first, second, features), jnp.moveaxis(y, -1, -3).astype(x.dtype)
