"""Features of an image, for what is conditioned on it."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.nn.base import Network
from surjax.nn.conv import beside, check_compute_dtype, to_compute_dtype
from surjax.nn.norm_conv import NormConv, Visit, apply_channels_last, initialize_channels_last
from surjax.typing import Array, Batch, Context, Floats


class EncoderBlock(eqx.Module):
    """h + V ∗ ρ(U ∗ ρ(h))."""

    inner: NormConv
    outer: NormConv

    def __init__(self, width: int, *, key: Any):
        inner, outer = jax.random.split(key)
        self.inner = NormConv(width, width, key=inner)
        self.outer = NormConv(width, width, 1, key=outer)

    def walk(self, visit: Visit, h: Array) -> tuple[Any, Array]:
        """(the layers, the output)."""
        inner, residual = visit(self.inner, jax.nn.relu(h))
        outer, residual = visit(self.outer, jax.nn.relu(residual))
        return (inner, outer), h + residual


class ImageEncoder(Network):
    """Features of an image by residual blocks: what a decoder of a super-resolving flow sees of it.

        h₀ = A ∗ x,   hₗ = hₗ₋₁ + Vₗ ∗ ρ(Uₗ ∗ ρ(hₗ₋₁)),   y = h_n                             (ρ = ReLU)

    A and U are 3×3 convolutions, V 1×1 ones, each followed by ActNorm (`NormConv`), with `width` channels;
    the blocks run under `lax.scan`. x has shape (C, H, W). bounds: the least and the largest number that x
    can hold, of which the network sees −1 and 1. halve: each window of 2 × 2 pixels is one
    pixel of y, which has shape (width, H/2, W/2). A context is an image of the same size, or several, whose
    channels are put beside those of x: in_channels counts them.

    >>> import jax, surjax as sx
    >>> net = sx.nn.ImageEncoder(3, 8, blocks=2, bounds=(0, 255), key=jax.random.key(0))
    >>> net(jax.numpy.full((3, 4, 4), 255)).shape
    (8, 4, 4)
    """

    first: NormConv
    blocks: EncoderBlock
    bounds: tuple[float, float] | None = eqx.field(static=True)
    halve: bool = eqx.field(static=True)
    compute_dtype: str = eqx.field(static=True)

    def __init__(
        self,
        in_channels: int,
        width: int = 64,
        *,
        blocks: int = 3,
        bounds: tuple[float, float] | None = None,
        halve: bool = False,
        compute_dtype: str = "float32",
        key: Any,
    ):
        first, inner = jax.random.split(key)
        self.first = NormConv(in_channels * (4 if halve else 1), width, key=first)
        self.blocks = eqx.filter_vmap(lambda k: EncoderBlock(width, key=k))(jax.random.split(inner, blocks))
        self.bounds, self.halve = bounds, halve
        self.compute_dtype = check_compute_dtype(compute_dtype)

    def __call__(self, x: Any, context: Context = None) -> Floats:
        """x of shape (C, H, W), with the context's channels, → (width, H, W)."""
        return self._walk(apply_channels_last, self._input(x, context))[1]

    def initialize(self, xs: Any, contexts: Context = None) -> tuple["ImageEncoder", Batch]:
        """Initialise every convolution."""
        inputs = jax.vmap(self._input)(xs, contexts)
        (first, layers), ys = self._walk(initialize_channels_last, inputs)
        blocks = eqx.tree_at(lambda block: (block.inner, block.outer), self.blocks, layers)
        return eqx.tree_at(lambda net: (net.first, net.blocks), self, (first, blocks)), ys

    def _input(self, x: Any, context: Context) -> Array:
        """What the first convolution sees, of shape (H, W, channels)."""
        first, *others = jax.tree.leaves((x, context))
        if self.bounds is not None:
            least, largest = self.bounds
            first = (first.astype(jnp.result_type(first, jnp.float32)) - least) * (2 / (largest - least)) - 1
        x = jnp.moveaxis(beside(first, others), 0, -1)
        if self.halve:
            height, width, channels = x.shape
            windows = x.reshape(height // 2, 2, width // 2, 2, channels)
            x = windows.transpose(0, 2, 1, 3, 4).reshape(height // 2, width // 2, 4 * channels)
        return x

    def _walk(self, visit: Visit, x: Array) -> tuple[Any, Array]:
        def block(h: Array, block: EncoderBlock) -> tuple[Array, Any]:
            layers, h = block.walk(visit, h)
            return h, layers

        first, h = visit(self.first, to_compute_dtype(x, self.compute_dtype))
        h, layers = jax.lax.scan(block, h, self.blocks)
        return (first, layers), jnp.moveaxis(h, -1, -3).astype(x.dtype)
