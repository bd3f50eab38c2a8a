"""RealNVP's residual network."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.nn.base import Network
from surjax.nn.conv import beside, check_compute_dtype, to_compute_dtype
from surjax.nn.norm_conv import NormConv, Visit, ZeroConv, apply, initialize
from surjax.nn.sizes import Sizes
from surjax.typing import Array, Batch, Context, Floats, Key


class ResidualBlock(eqx.Module):
    """hₗ = hₗ₋₁ + Wₗ ∗ ρ(Uₗ ∗ ρ(hₗ₋₁)), and Sₗ hₗ for the output."""

    inner: NormConv
    outer: NormConv
    skip: NormConv

    def __init__(self, width: int, *, key: Any):
        inner, outer, skip = jax.random.split(key, 3)
        self.inner = NormConv(width, width, weight_norm=True, key=inner)
        self.outer = NormConv(width, width, weight_norm=True, key=outer)
        self.skip = NormConv(width, width, 1, weight_norm=True, key=skip)

    def walk(self, visit: Visit, h: Array) -> tuple[Any, Array, Array]:
        """(the layers, hₗ, Sₗ hₗ)."""
        inner, residual = visit(self.inner, jax.nn.relu(h))
        outer, residual = visit(self.outer, jax.nn.relu(residual))
        skip, skipped = visit(self.skip, h + residual)
        return (inner, outer, skip), h + residual, skipped


class ResidualConv(Network):
    """Weight-normalised residual blocks, all of which the output sees (Dinh et al. 2017, RealNVP).

        h₀ = A ∗ ρ[x, −x],   hₗ = hₗ₋₁ + Wₗ ∗ ρ(Uₗ ∗ ρ(hₗ₋₁)),   y = B ρ(Σₗ Sₗ hₗ)

    (ρ = ReLU, biases left out; section 4.1 and the authors' code.) A, U and W are 3×3, S and B 1×1
    convolutions; `width` is their number of channels, `blocks` that of the blocks, which run under
    `lax.scan` (with remat, what is inside them is recomputed in the backward pass). Batch normalisation,
    which the paper has too, sees many images at once, and a network of one image cannot: the
    data-dependent initialisation of weight normalisation stands in for it (`NormConv`). B starts at zero.
    A context is an image of the same size, or several, whose channels are put beside those of x:
    in_channels counts them.

    >>> import equinox as eqx, jax, surjax as sx
    >>> net = sx.nn.ResidualConv(3, 6, width=8, blocks=2, key=jax.random.key(0))
    >>> eqx.filter_jit(net)(jax.numpy.ones((3, 4, 4))).shape
    (6, 4, 4)
    """

    first: NormConv
    skip: NormConv
    blocks: ResidualBlock
    last: ZeroConv
    remat: bool = eqx.field(static=True)
    compute_dtype: str = eqx.field(static=True)

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        width: int = 64,
        blocks: int = 8,
        compute_dtype: str = "float32",
        remat: bool = False,
        key: Any,
    ):
        first, skip, inner = jax.random.split(key, 3)
        self.first = NormConv(2 * in_channels, width, weight_norm=True, key=first)
        self.skip = NormConv(width, width, 1, weight_norm=True, key=skip)
        self.blocks = eqx.filter_vmap(lambda k: ResidualBlock(width, key=k))(jax.random.split(inner, blocks))
        self.last = ZeroConv(width, out_channels, 1)
        self.remat, self.compute_dtype = remat, check_compute_dtype(compute_dtype)

    @classmethod
    def sized(cls, sizes: Sizes, *, key: Key, **settings: Any) -> "ResidualConv":
        """Of an image, with those of the context beside it, one of the same height and width."""
        return cls(sizes.in_channels + sizes.context_channels, sizes.out_channels, key=key, **settings)

    def __call__(self, x: Array, context: Context = None) -> Floats:
        """x of shape (C, H, W), with the context's channels, → (out_channels, H, W)."""
        return self._walk(apply, beside(x, context))[1]

    def initialize(self, xs: Array, contexts: Context = None) -> tuple["ResidualConv", Batch]:
        """Initialise every convolution but the last."""
        (first, skip, layers), ys = self._walk(initialize, jax.vmap(beside)(xs, contexts))
        blocks = eqx.tree_at(lambda block: (block.inner, block.outer, block.skip), self.blocks, layers)
        return eqx.tree_at(lambda net: (net.first, net.skip, net.blocks), self, (first, skip, blocks)), ys

    def _walk(self, visit: Visit, x: Array) -> tuple[Any, Array]:
        def block(carry: tuple[Array, Array], block: ResidualBlock) -> tuple[tuple[Array, Array], Any]:
            h, total = carry
            layers, h, skipped = block.walk(visit, h)
            return (h, total + skipped), layers

        both_signs = jnp.concatenate([x, -x], axis=-3)
        first, h = visit(self.first, to_compute_dtype(jax.nn.relu(both_signs), self.compute_dtype))
        skip, total = visit(self.skip, h)
        body = jax.checkpoint(block) if self.remat else block
        (_, total), layers = jax.lax.scan(body, (h, total), self.blocks)
        y = visit(self.last, jax.nn.relu(total))[1]
        return (first, skip, layers), y.astype(x.dtype)
