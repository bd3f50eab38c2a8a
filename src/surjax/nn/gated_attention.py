"""The gated convolution, gated attention and Flow++'s network of the two."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.nn.base import Network
from surjax.nn.checkerboard import split_colours
from surjax.nn.conv import (
    Conv,
    beside,
    check_compute_dtype,
    normalized,
    require_context_channels,
    to_compute_dtype,
)
from surjax.nn.dropout import Dropout
from surjax.nn.sizes import Sizes
from surjax.nn.weight_norm_conv import WeightNormConv
from surjax.parameters import Fixed, value
from surjax.typing import Array, Batch, Context, Floats, Key, Shape

Visit = Callable[[Any, Array, float], tuple[Any, Array]]
"""(convolution, its input, the standard deviation it should start with) → (convolution or None, output):
how a network that is wired once is applied to an image, and initialised on a batch by `normalized`."""


def apply(conv: Network, x: Array, std: float) -> tuple[None, Array]:
    """Apply a convolution to one input."""
    return None, conv(x)


def concat_elu(x: Array) -> Array:
    """ELU of x and of −x, side by side: twice the channels."""
    return jax.nn.elu(jnp.concatenate([x, -x], axis=-3))


def gate(x: Array) -> Array:
    """a·σ(b), for the two halves a and b of the channels."""
    a, b = jnp.split(x, 2, axis=-3)
    return a * jax.nn.sigmoid(b)


class GatedConv(Network):
    """x + gate(V ∗ drop(elu±(U ∗ elu±(x) + W elu±(context)))) (Ho et al. 2019, Flow++, section 3.3).

    elu±(x) is ELU of x and of −x; V starts at a tenth of its usual size. U is a 3×3 convolution and V one
    of size × size. The context is an image of context_channels and the same height and width. In training,
    drop sets the share `dropout` of the numbers to 0 (`Dropout`). weight_norm: U, V and W are
    weight-normalised, V of its usual size, and whole channels are dropped (the code of Mahajan et al.
    2020).
    """

    inner: Conv | WeightNormConv
    context: Conv | WeightNormConv | None
    outer: Conv | WeightNormConv
    dropout: Dropout

    def __init__(
        self,
        channels: int,
        size: int = 1,
        *,
        context_channels: int = 0,
        dropout: float = 0.0,
        weight_norm: bool = False,
        key: Any,
    ):
        k1, k2, k3, k4 = jax.random.split(key, 4)
        self.inner = _conv(2 * channels, channels, 3, weight_norm, key=k1)
        self.context = (
            _conv(2 * context_channels, channels, 1, weight_norm, key=k2) if context_channels else None
        )
        self.outer = _conv(2 * channels, 2 * channels, size, weight_norm, scale=0.1, key=k3)
        self.dropout = Dropout(dropout, channels=weight_norm, key=k4)

    def __call__(self, x: Array, context: Context = None) -> Floats:
        """x of shape (channels, H, W) → the same."""
        return self.walk(apply, x, context)[1]

    def walk(self, visit: Visit, x: Array, context: Context = None) -> tuple[Any, Array]:
        """(the convolutions, the output)."""
        inner, h = visit(self.inner, concat_elu(x), 1.0)
        seen = None
        if self.context is not None:
            seen, shift = visit(self.context, concat_elu(context), 1.0)
            h = h + shift
        outer, h = visit(self.outer, self.dropout(concat_elu(h)), 0.1)
        return (inner, seen, outer), x + gate(h)

    def with_convs(self, convs: Any) -> "GatedConv":
        """The same with other convolutions, as `walk` gives them."""
        return _replaced(self, lambda part: (part.inner, part.context, part.outer), convs)


def _conv(
    in_channels: int, out_channels: int, size: int, weight_norm: bool, scale: float = 1.0, *, key: Any
) -> Conv | WeightNormConv:
    """A convolution that starts at `scale` of its usual size, or a weight-normalised one, which does not."""
    if weight_norm:
        return WeightNormConv(in_channels, out_channels, size, key=key)
    return Conv(in_channels, out_channels, size, scale=scale, key=key)


class ChannelNorm(Network):
    """Layer normalisation of the channels of each pixel, with a learned scale and bias (Ba et al. 2016)."""

    scale: Array
    bias: Array

    def __init__(self, channels: int):
        self.scale, self.bias = jnp.ones((channels, 1, 1)), jnp.zeros((channels, 1, 1))

    def __call__(self, x: Array, context: Context = None) -> Floats:
        """x of shape (channels, H, W) → the same."""
        wide = x.astype(jnp.promote_types(x.dtype, jnp.float32))
        centred = wide - wide.mean(-3, keepdims=True)
        normalised = centred * jax.lax.rsqrt((centred * centred).mean(-3, keepdims=True) + 1e-5)
        return (normalised * self.scale + self.bias).astype(x.dtype)


class GatedAttention(Network):
    """x + gate(O drop(attention(q, k, v))) with q, k, v from x + position, and several heads.

    Every pixel attends to every other (Vaswani et al. 2017). O starts at a tenth of its usual size; drop is
    as in `GatedConv`. weight_norm: both convolutions are weight-normalised, that of q, k and v without a
    bias, O is of its usual size, and the weights of attention are what is dropped (the code of Mahajan et
    al. 2020).
    """

    project: Conv | WeightNormConv
    outer: Conv | WeightNormConv
    dropout: Dropout
    heads: int = eqx.field(static=True)
    drop_weights: bool = eqx.field(static=True, default=False)

    def __init__(
        self, channels: int, *, heads: int = 4, dropout: float = 0.0, weight_norm: bool = False, key: Any
    ):
        if channels % heads:
            raise ConfigError(
                f"attention of {channels} channels was asked for {heads} heads: make the channels a multiple."
            )
        k1, k2, k3 = jax.random.split(key, 3)
        if weight_norm:
            self.project = WeightNormConv(channels, 3 * channels, 1, bias=False, key=k1)
        else:
            self.project = Conv(channels, 3 * channels, 1, key=k1)
        self.outer = _conv(channels, 2 * channels, 1, weight_norm, scale=0.1, key=k2)
        self.dropout, self.heads, self.drop_weights = Dropout(dropout, key=k3), heads, weight_norm

    def __call__(self, x: Array, context: Context = None) -> Floats:
        """x of shape (channels, H, W) → the same; the context is the positions' embedding, of that shape."""
        return self.walk(apply, x, context)[1]

    def walk(self, visit: Visit, x: Array, position: Array) -> tuple[Any, Array]:
        """(the convolutions, the output)."""
        size = x.shape[-3] // self.heads
        project, h = visit(self.project, x + position, 1.0)
        q, k, v = jnp.moveaxis(h.reshape(*x.shape[:-3], 3, self.heads, size, -1), -4, 0)
        scores = jnp.einsum("...dq,...dk->...qk", q, k) / math.sqrt(size)
        weights = jax.nn.softmax(scores.astype(jnp.promote_types(x.dtype, jnp.float32)))
        weights = self.dropout(weights) if self.drop_weights else weights
        attended = jnp.einsum("...qk,...dk->...dq", weights.astype(x.dtype), v).reshape(x.shape)
        outer, h = visit(self.outer, attended if self.drop_weights else self.dropout(attended), 0.1)
        return (project, outer), x + gate(h)

    def with_convs(self, convs: Any) -> "GatedAttention":
        """The same with other convolutions, as `walk` gives them."""
        return _replaced(self, lambda part: (part.project, part.outer), convs)


def _replaced(module: Any, parts: Callable[[Any], Any], values: Any) -> Any:
    return eqx.tree_at(parts, module, values, is_leaf=lambda leaf: leaf is None)


class GatedAttentionBlock(eqx.Module):
    """Gated convolution and gated attention, each followed by layer normalisation."""

    conv: GatedConv
    conv_norm: ChannelNorm
    attention: GatedAttention
    attention_norm: ChannelNorm

    def __init__(
        self, width: int, *, heads: int, context_channels: int, dropout: float, weight_norm: bool, key: Any
    ):
        k1, k2 = jax.random.split(key)
        both = {"dropout": dropout, "weight_norm": weight_norm}
        self.conv = GatedConv(width, context_channels=context_channels, key=k1, **both)
        self.attention = GatedAttention(width, heads=heads, key=k2, **both)
        self.conv_norm, self.attention_norm = ChannelNorm(width), ChannelNorm(width)

    def walk(self, visit: Visit, x: Array, position: Array, context: Context) -> tuple[Any, Array]:
        """(the convolutions of both, the output)."""
        of_conv, x = self.conv.walk(visit, x, context)
        of_attention, x = self.attention.walk(visit, self.conv_norm(x), position)
        return (of_conv, of_attention), self.attention_norm(x)

    def with_convs(self, convs: Any) -> "GatedAttentionBlock":
        """The same with other convolutions, as `walk` gives them."""
        parts = (self.conv.with_convs(convs[0]), self.attention.with_convs(convs[1]))
        return eqx.tree_at(lambda block: (block.conv, block.attention), self, parts)


class GatedAttentionConv(Network):
    """Blocks of gated convolution and self-attention (Ho et al. 2019, Flow++, section 3.3).

        each block: gated convolution → layer norm → gated multi-head attention → layer norm

    between 3×3 convolutions into `width` channels and out of them; the last starts at a tenth of its usual
    size. `initialize` sets weights and biases so that every convolution gives a batch mean 0 and a standard
    deviation of 1, or of 0.1 where it starts at a tenth (the authors' code). shape is that of x, for which
    an embedding of the positions is learned. The blocks run under `lax.scan` (with remat, what is inside
    them is recomputed in the backward pass). A context is an image of context_channels, of the height and
    width of x, and enters each gated convolution. dropout is the share of numbers that each gated part drops
    in training (`Dropout`).

    weight_norm makes it the network of mAR-SCF's code (Mahajan et al. 2020): all convolutions are
    weight-normalised, start at their usual size and not from a batch, the embedding of the positions is a
    fixed one by sines and cosines, and dropout is of whole channels and of the weights of attention.

    >>> import equinox as eqx, jax, surjax as sx
    >>> net = sx.nn.GatedAttentionConv((3, 4, 4), 6, width=8, blocks=2, key=jax.random.key(0))
    >>> eqx.filter_jit(net)(jax.numpy.ones((3, 4, 4))).shape
    (6, 4, 4)
    """

    first: Conv | WeightNormConv
    position: Array | Fixed
    blocks: GatedAttentionBlock
    last: Conv | WeightNormConv
    remat: bool = eqx.field(static=True)
    compute_dtype: str = eqx.field(static=True)
    weight_norm: bool = eqx.field(static=True, default=False)

    def __init__(
        self,
        shape: Shape,
        out_channels: int,
        *,
        width: int = 96,
        blocks: int = 10,
        heads: int = 4,
        context_channels: int = 0,
        compute_dtype: str = "float32",
        remat: bool = False,
        dropout: float = 0.0,
        weight_norm: bool = False,
        key: Any,
    ):
        channels, *size = shape
        k1, k2, k3, k4 = jax.random.split(key, 4)
        self.first = _conv(channels, width, 3, weight_norm, key=k1)
        self.position = (
            Fixed(_sines(width, size)) if weight_norm else 0.01 * jax.random.normal(k2, (width, *size))
        )
        settings = {"heads": heads, "context_channels": context_channels, "dropout": dropout}
        self.blocks = eqx.filter_vmap(
            lambda k: GatedAttentionBlock(width, **settings, weight_norm=weight_norm, key=k)
        )(jax.random.split(k3, blocks))
        self.last = _conv(width, out_channels, 3, weight_norm, scale=0.1, key=k4)
        self.remat, self.compute_dtype = remat, check_compute_dtype(compute_dtype)
        self.weight_norm = weight_norm

    @classmethod
    def sized(cls, sizes: Sizes, *, key: Key, **settings: Any) -> "GatedAttentionConv":
        """Of an image, and one of the context, one of the same height and width."""
        channels = sizes.context_channels
        return cls(sizes.image, sizes.out_channels, context_channels=channels, key=key, **settings)

    def __call__(self, x: Array, context: Context = None) -> Floats:
        """x of shape `shape` → (out_channels, H, W)."""
        stacked = jax.tree.leaves(self.blocks.conv.context)  # convolutions of both signs of the context
        require_context_channels(context, stacked[0].shape[2] // 2 if stacked else 0, x.shape)
        return self._walk(apply, x, context)[1]

    def initialize(self, xs: Array, contexts: Context = None) -> tuple["GatedAttentionConv", Batch]:
        """Initialise every convolution, but with weight_norm none."""
        if self.weight_norm:
            return self, jax.vmap(self)(xs, contexts)
        (first, convs, last), ys = self._walk(normalized, xs, contexts)
        parts = (first, self.blocks.with_convs(convs), last)
        return eqx.tree_at(lambda net: (net.first, net.blocks, net.last), self, parts), ys

    def _walk(self, visit: Visit, x: Array, context: Context) -> tuple[Any, Array]:
        inputs = (x, context, value(self.position).astype(x.dtype))
        h, context, position = jax.tree.map(lambda leaf: to_compute_dtype(leaf, self.compute_dtype), inputs)

        def block(h: Array, block: GatedAttentionBlock) -> tuple[Array, Any]:
            convs, h = block.walk(visit, h, position, context)
            return h, convs

        first, h = visit(self.first, h, 1.0)
        h, convs = jax.lax.scan(jax.checkpoint(block) if self.remat else block, h, self.blocks)
        last, y = visit(self.last, h, 0.1)
        return (first, convs, last), y.astype(x.dtype)


def _sines(width: int, size: Sequence[int]) -> Array:
    """The position n of each pixel, counted row by row, as sin(n·ωᵢ) and cos(n·ωᵢ) in `width` channels, with
    frequencies ω from 1 to 10⁻⁴ (Vaswani et al. 2017, section 3.5)."""
    if width % 2:
        raise ConfigError(
            f"an embedding of positions was asked for in {width} channels: give an even number."
        )
    frequencies = 1e-4 ** (jnp.arange(width // 2) / max(width // 2 - 1, 1))
    angles = frequencies[:, None] * jnp.arange(math.prod(size))
    return jnp.concatenate([jnp.sin(angles), jnp.cos(angles)]).reshape(width, *size)


class PixelFeatures(Network):
    """What Flow++'s dequantisation sees of an image: channels for each pair of neighbouring columns.

    Pixels of num_values values are put on [−½, ½), the even and the odd columns are put side by side as
    channels, and a 3×3 convolution and three gated convolutions follow (the authors' code for Ho et al.
    2019, section 3.3). x of shape (C, H, W) gives (out_channels, H, W/2). dropout as in `GatedConv`.
    """

    first: Conv
    gated: tuple[GatedConv, ...]
    num_values: int = eqx.field(static=True)
    compute_dtype: str = eqx.field(static=True)

    def __init__(
        self,
        in_channels: int,
        out_channels: int = 32,
        *,
        num_values: int = 256,
        compute_dtype: str = "float32",
        dropout: float = 0.0,
        key: Any,
    ):
        first, *keys = jax.random.split(key, 4)
        self.first = Conv(2 * in_channels, out_channels, 3, key=first)
        self.gated = tuple(GatedConv(out_channels, 3, dropout=dropout, key=k) for k in keys)
        self.num_values, self.compute_dtype = num_values, check_compute_dtype(compute_dtype)

    def __call__(self, x: Array, context: Context = None) -> Floats:
        """x of shape (C, H, W), with the context's channels, → (out_channels, H, W/2)."""
        x = beside(jnp.asarray(x, jnp.result_type(x, jnp.float32)) / self.num_values - 0.5, context)
        h = to_compute_dtype(jnp.concatenate(split_colours(x, columns=True)), self.compute_dtype)
        h = self.first(h)
        for gated in self.gated:
            h = gated(h)
        return h.astype(x.dtype)
