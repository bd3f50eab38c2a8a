"""Glow's network of three convolutions."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.nn.base import Network
from surjax.nn.conv import beside, check_compute_dtype, to_compute_dtype
from surjax.nn.norm_conv import (
    NormConv,
    Run,
    ZeroConv,
    evaluate_channels_last,
    initialize_channels_last,
)
from surjax.typing import Array, Context


class GlowConv(Network):
    """3×3, 1×1 and 3×3 convolutions, `width` channels between them (Kingma and Dhariwal 2018, Glow).

        y = Z ∗ ρ(B ∗ ρ(A ∗ x))                                         (ρ = ReLU)

    ActNorm follows the first two, as in the authors' code (`NormConv`, which bias_first and std are of), and
    the last starts at zero and has a learned scale (`ZeroConv`). A context is an image of the same size, or
    several, whose channels are put beside those of x: in_channels counts them. Inside, the channels are the
    last axis.

    >>> import jax, surjax as sx
    >>> net = sx.nn.GlowConv(3, 6, width=8, key=jax.random.key(0))
    >>> net(jax.numpy.ones((3, 4, 4))).shape
    (6, 4, 4)
    """

    first: NormConv
    second: NormConv
    last: ZeroConv
    compute_dtype: str = eqx.field(static=True)

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        width: int = 512,
        compute_dtype: str = "float32",
        bias_first: bool = False,
        std: float | None = None,
        *,
        key: Any,
    ):
        first, second = jax.random.split(key)
        self.first = NormConv(in_channels, width, bias_first=bias_first, std=std, key=first)
        self.second = NormConv(width, width, 1, bias_first=bias_first, std=std, key=second)
        self.last = ZeroConv(width, out_channels)
        self.compute_dtype = check_compute_dtype(compute_dtype)

    def __call__(self, x: Array, context: Context = None) -> Array:
        """x of shape (C, H, W), with the context's channels, → (out_channels, H, W)."""
        return self._run(evaluate_channels_last, beside(x, context))[1]

    def initialize(self, xs: Array, contexts: Context = None) -> tuple["GlowConv", Array]:
        """Initialise the first two convolutions."""
        layers, ys = self._run(initialize_channels_last, jax.vmap(beside)(xs, contexts))
        return eqx.tree_at(lambda net: (net.first, net.second), self, layers), ys

    def _run(self, run: Run, x: Array) -> tuple[Any, Array]:
        first, h = run(self.first, to_compute_dtype(jnp.moveaxis(x, -3, -1), self.compute_dtype))
        second, h = run(self.second, jax.nn.relu(h))
        y = run(self.last, jax.nn.relu(h))[1]
        return (first, second), jnp.moveaxis(y, -1, -3).astype(x.dtype)
