"""Convolutional encoders and decoders: images to smaller ones, and back."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.nn.base import Network
from surjax.nn.conv import Conv, check_compute_dtype, to_compute_dtype
from surjax.nn.sizes import Sizes
from surjax.typing import Array, Context, Floats, Key, Shape


class ResidualStack(eqx.Module):
    """x + W ρ(U ∗ ρ(x)), again and again, with ρ = ReLU, U 3×3 and W 1×1."""

    layers: tuple[tuple[Conv, Conv], ...]

    def __init__(self, width: int, *, blocks: int, key: Any):
        keys = jax.random.split(key, (blocks, 2)) if blocks else []
        self.layers = tuple(
            (Conv(width, width, 3, key=inner), Conv(width, width, 1, key=outer)) for inner, outer in keys
        )

    def __call__(self, x: Array) -> Array:
        """x after all of the blocks, in its shape."""
        for inner, outer in self.layers:
            x = x + outer(jax.nn.relu(inner(jax.nn.relu(x))))
        return x


class ConvEncoder(Network):
    """Strided convolutions, then residual blocks (van den Oord et al. 2017, VQ-VAE, section 4.1).

    x of shape (in_channels, H, W) becomes y of shape (out_channels, H/2ⁿ, W/2ⁿ): n = halvings convolutions
    of 4 × 4 with stride 2 and `width` channels, `blocks` residual blocks (ReLU, 3×3, ReLU, 1×1) and a 1×1
    convolution. With high, x are pixels from 0 to `high`, which are first put on [−1, 1]. A context is not
    taken. `ConvDecoder` is the mirror image.

    >>> import equinox as eqx, jax, surjax as sx
    >>> net = sx.nn.ConvEncoder(3, 5, halvings=2, width=8, key=jax.random.key(0))
    >>> eqx.filter_jit(net)(jax.numpy.ones((3, 8, 8))).shape
    (5, 2, 2)
    """

    down: tuple[Conv, ...]
    residuals: ResidualStack
    last: Conv
    high: float | None = eqx.field(static=True)
    compute_dtype: str = eqx.field(static=True)

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        halvings: int = 2,
        width: int = 256,
        blocks: int = 2,
        compute_dtype: str = "float32",
        high: float | None = None,
        key: Any,
    ):
        inner, last, *keys = jax.random.split(key, 2 + halvings)
        widths = [in_channels, *[width] * halvings]
        self.down = tuple(
            Conv(a, b, 4, stride=2, key=k) for a, b, k in zip(widths, widths[1:], keys, strict=False)
        )
        self.residuals = ResidualStack(width, blocks=blocks, key=inner)
        self.last = Conv(width, out_channels, 1, key=last)
        self.high, self.compute_dtype = high, check_compute_dtype(compute_dtype)

    @classmethod
    def sized(cls, sizes: Sizes, *, key: Key, **settings: Any) -> "ConvEncoder":
        """Of an image, a smaller one: how often it is halved follows from both."""
        sizes.refuse_context(cls)
        large, small = sizes.image, sizes.out_shape
        return cls(large[0], small[0], halvings=_halvings(cls, large, small), key=key, **settings)

    def __call__(self, x: Array, context: Context = None) -> Floats:
        """x of shape (in_channels, H, W) → (out_channels, H/2ⁿ, W/2ⁿ)."""
        if self.high is not None:
            x = 2 * jnp.asarray(x, jnp.result_type(x, jnp.float32)) / self.high - 1
        h = to_compute_dtype(x, self.compute_dtype)
        for i, down in enumerate(self.down):
            h = down(jnp.pad(jax.nn.relu(h) if i else h, ((0, 0), (1, 1), (1, 1))))
        return self.last(jax.nn.relu(self.residuals(h))).astype(x.dtype)


class ConvDecoder(Network):
    """Residual blocks, then transposed convolutions: the mirror image of `ConvEncoder`.

    x of shape (in_channels, H, W) becomes y of shape (out_channels, H·2ⁿ, W·2ⁿ): a 3×3 convolution,
    `blocks` residual blocks, and n = doublings transposed convolutions of 4 × 4 with stride 2.

    >>> import equinox as eqx, jax, surjax as sx
    >>> net = sx.nn.ConvDecoder(5, 3, doublings=2, width=8, key=jax.random.key(0))
    >>> eqx.filter_jit(net)(jax.numpy.ones((5, 2, 2))).shape
    (3, 8, 8)
    """

    first: Conv
    residuals: ResidualStack
    up: tuple[eqx.nn.ConvTranspose2d, ...]
    compute_dtype: str = eqx.field(static=True)

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        doublings: int = 2,
        width: int = 256,
        blocks: int = 2,
        compute_dtype: str = "float32",
        key: Any,
    ):
        first, inner, *keys = jax.random.split(key, 2 + doublings)
        widths = [*[width] * doublings, out_channels]
        self.first = Conv(in_channels, width, 3, key=first)
        self.residuals = ResidualStack(width, blocks=blocks, key=inner)
        self.up = tuple(
            eqx.nn.ConvTranspose2d(a, b, 4, stride=2, padding=1, key=k)
            for a, b, k in zip(widths, widths[1:], keys, strict=False)
        )
        self.compute_dtype = check_compute_dtype(compute_dtype)

    @classmethod
    def sized(cls, sizes: Sizes, *, key: Key, **settings: Any) -> "ConvDecoder":
        """Of an image, a larger one: how often it is doubled follows from both."""
        sizes.refuse_context(cls)
        small, large = sizes.image, sizes.out_shape
        return cls(small[0], large[0], doublings=_halvings(cls, large, small), key=key, **settings)

    def __call__(self, x: Array, context: Context = None) -> Floats:
        """x of shape (in_channels, H, W) → (out_channels, H·2ⁿ, W·2ⁿ)."""
        h = self.residuals(self.first(to_compute_dtype(x, self.compute_dtype)))
        for up in self.up:
            lowered = jax.tree.map(lambda leaf: to_compute_dtype(leaf, self.compute_dtype), up)
            h = lowered(jax.nn.relu(h))
        return h.astype(x.dtype)


def _halvings(network: type, large: Shape, small: Shape) -> int:
    """How often height and width are halved from one image to another, once at least."""
    if len(large) == len(small):
        for times in range(1, 32):
            if all(a == 2**times * b for a, b in zip(large[1:], small[1:], strict=True)):
                return times
    raise ConfigError(
        f"{network.__name__} was asked to go between shapes {large} and {small}: both must be (C, H, W), the "
        "sides of the first 2, 4, 8, … times those of the second."
    )
