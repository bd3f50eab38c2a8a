"""The densely connected networks of the SurVAE paper's image flows."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.nn.base import Network
from surjax.nn.conv import Conv, beside, check_compute_dtype, draw_convs, to_compute_dtype
from surjax.nn.sizes import Sizes
from surjax.typing import Array, Context, Floats, Key


class DenseLayer(eqx.Module):
    """x → [x, ρ(V ∗ ρ(U ∗ x))]: `growth` new channels beside those of x (ρ = ReLU).

    U is a 1×1 convolution that keeps the number of channels, V a 3×3 one. Shape (H, W, C). The weights are
    0 until `draw_convs`.
    """

    mix: Conv
    grow: Conv

    def __init__(self, in_channels: int, growth: int):
        self.mix = Conv(in_channels, in_channels, 1, channels_last=True)
        self.grow = Conv(in_channels, growth, 3, channels_last=True)

    def __call__(self, x: Array) -> Array:
        """(H, W, C) → (H, W, C + growth)."""
        return jnp.concatenate([x, jax.nn.relu(self.grow(jax.nn.relu(self.mix(x))))], axis=-1)


class DenseBlock(eqx.Module):
    """`depth` dense layers and a 1×1 convolution (Huang et al. 2017, DenseNet). Shape (H, W, C).

    gated: that convolution gives (a, b, c), and the block a + b·σ(c). All weights are 0 until `draw_convs`.
    """

    layers: tuple[DenseLayer, ...]
    last: Conv
    gated: bool = eqx.field(static=True)

    def __init__(self, in_channels: int, out_channels: int, *, depth: int, growth: int, gated: bool = True):
        self.layers = tuple(DenseLayer(in_channels + i * growth, growth) for i in range(depth))
        out_size = (3 if gated else 1) * out_channels
        self.last = Conv(in_channels + depth * growth, out_size, 1, channels_last=True)
        self.gated = gated

    def __call__(self, x: Array) -> Array:
        """(H, W, in_channels) → (H, W, out_channels)."""
        for layer in self.layers:
            x = layer(x)
        h = self.last(x)
        if not self.gated:
            return h
        a, b, c = jnp.split(h, 3, axis=-1)
        return a + b * jax.nn.sigmoid(c)


class DenseNet(Network):
    """Dense blocks with residual connections between two 1×1 convolutions (Nielsen et al. 2020, appendix).

        h₀ = A ∗ [x, context],   hₗ = hₗ₋₁ + blockₗ(hₗ₋₁),   y = B ∗ h_L

    x has shape (C, H, W), and in_channels counts its channels and those of the context's images, which
    must have its height and width. B starts at zero, so that a coupling starts at the identity. Inside,
    the channels are the last axis. compute_dtype "bfloat16" computes the inside in bfloat16; parameters,
    input and output are float32 nevertheless.

    >>> import equinox as eqx, jax, surjax as sx
    >>> network = sx.nn.DenseNet(6, 12, width=8, depth=2, growth=4, key=jax.random.key(0))
    >>> eqx.filter_jit(network)(jax.numpy.ones((6, 4, 4))).shape
    (12, 4, 4)
    """

    first: Conv
    blocks: tuple[DenseBlock, ...]
    last: Conv
    compute_dtype: str = eqx.field(static=True)

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        num_blocks: int = 1,
        width: int = 64,
        depth: int = 10,
        growth: int = 64,
        gated: bool = True,
        compute_dtype: str = "float32",
        key: Any,
    ):
        first = Conv(in_channels, width, 1, channels_last=True)
        blocks = tuple(
            DenseBlock(width, width, depth=depth, growth=growth, gated=gated) for _ in range(num_blocks)
        )
        self.first, self.blocks = draw_convs((first, blocks), key)
        self.last = Conv(width, out_channels, 1, channels_last=True)
        self.compute_dtype = check_compute_dtype(compute_dtype)

    @classmethod
    def sized(cls, sizes: Sizes, *, key: Key, **settings: Any) -> "DenseNet":
        """Of an image, with those of the context beside it, one of the same height and width."""
        return cls(sizes.in_channels + sizes.context_channels, sizes.out_channels, key=key, **settings)

    def __call__(self, x: Any, context: Context = None) -> Floats:
        """(C, H, W), with the context's images → (out_channels, H, W), in the dtype of x."""
        x = beside(x, context)
        h = self.first(_channels_last(x, self.compute_dtype))
        for block in self.blocks:
            h = h + block(h)
        return _channels_first(self.last(h), x.dtype)


class DenseContext(Network):
    """What a variational dequantisation sees of an image: features at half its height and width.

    A dense block, a 2×2 convolution of stride 2, and another dense block, of an image whose values, from 0
    to `high`, are first put on [−1, 1] (Nielsen et al. 2020, appendix). compute_dtype as for `DenseNet`.

    >>> import jax, surjax as sx
    >>> sx.nn.DenseContext(3, 32, key=jax.random.key(0))(jax.numpy.ones((3, 4, 4))).shape
    (32, 2, 2)
    """

    first: DenseBlock
    halve: Conv
    second: DenseBlock
    high: float = eqx.field(static=True)
    compute_dtype: str = eqx.field(static=True)

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        high: float = 255.0,
        width: int = 64,
        depth: int = 4,
        growth: int = 16,
        gated: bool = True,
        compute_dtype: str = "float32",
        key: Any,
    ):
        first = DenseBlock(in_channels, width, depth=depth, growth=growth, gated=gated)
        halve = Conv(width, width, 2, stride=2, channels_last=True)
        second = DenseBlock(width, out_channels, depth=depth, growth=growth, gated=gated)
        self.first, self.halve, self.second = draw_convs((first, halve, second), key)
        self.high, self.compute_dtype = float(high), check_compute_dtype(compute_dtype)

    def __call__(self, x: Any, context: Context = None) -> Floats:
        """(C, H, W), with the context's images → (out_channels, H/2, W/2)."""
        x = beside(x, context)
        x = x.astype(jnp.result_type(x, float))
        h = self.first(_channels_last(2 * x / self.high - 1, self.compute_dtype))
        return _channels_first(self.second(self.halve(h)), x.dtype)


def _channels_last(x: Array, compute_dtype: str) -> Array:
    return to_compute_dtype(jnp.moveaxis(x, 0, -1), compute_dtype)


def _channels_first(h: Array, dtype: Any) -> Array:
    return jnp.moveaxis(h, -1, 0).astype(dtype)
