"""Convolutions whose output is normalised by what a first batch shows, and one that starts at zero."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.nn.base import Network
from surjax.nn.conv import LEAST, convolve, moments
from surjax.nn.sizes import Sizes
from surjax.typing import Array, Context, Key

Visit = Callable[[Any, Array], tuple[Any, Array]]
"""(layer, input) → (layer or None, output): how a network that is wired once is applied and initialised."""


def apply(layer: Network, x: Array) -> tuple[None, Array]:
    """Apply a layer to one input."""
    return None, layer(x)


def initialize(layer: Network, xs: Array) -> tuple[Network, Array]:
    """Initialise a layer on a batch of inputs."""
    return layer.initialize(xs)


def apply_channels_last(layer: "NormConv | ZeroConv", x: Array) -> tuple[None, Array]:
    """Apply a layer to one input of shape (H, W, C)."""
    return None, layer(x, channels_last=True)


def initialize_channels_last(layer: "NormConv | ZeroConv", xs: Array) -> tuple[Network | None, Array]:
    """Initialise a layer on a batch of inputs of shape (H, W, C)."""
    if isinstance(layer, ZeroConv):  # it learns nothing from data
        return None, jax.vmap(lambda x: layer(x, channels_last=True))(xs)
    return layer.initialize(xs, channels_last=True)


class NormConv(Network):
    """y = exp(log_scale)·(w ∗ x) + bias, with a scale and a bias for each channel; size × size, zero padding.

    `initialize` sets scale and bias so that a batch comes out with mean 0 and variance 1 in each channel.
    So this is a convolution followed by ActNorm (Kingma and Dhariwal 2018, Glow); with weight_norm, where w
    has norm 1 for each channel of y, it is a weight-normalised one with its data-dependent initialisation
    (Salimans and Kingma 2016, Weight Normalization, section 3). With bias_first it is exp(log_scale)·(w ∗ x
    + bias): the same functions, which an optimiser of single parameters learns otherwise. std is that of w
    at the start, by default 1/√(in_channels·size²).

    >>> import jax, surjax as sx
    >>> xs = jax.random.normal(jax.random.key(0), (10, 2, 4, 4))
    >>> conv, ys = sx.nn.NormConv(2, 3, key=jax.random.key(1)).initialize(xs)
    >>> bool(jax.numpy.allclose(ys.std((0, 2, 3)), 1.0, atol=1e-4))
    True
    """

    weight: Array
    log_scale: Array
    bias: Array
    weight_norm: bool = eqx.field(static=True)
    bias_first: bool = eqx.field(static=True, default=False)

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        size: int = 3,
        *,
        weight_norm: bool = False,
        bias_first: bool = False,
        std: float | None = None,
        key: Any,
    ):
        start = (in_channels * size * size) ** -0.5 if std is None else std
        self.weight = start * jax.random.normal(key, (out_channels, in_channels, size, size))
        self.log_scale, self.bias = jnp.zeros(out_channels), jnp.zeros(out_channels)
        self.weight_norm, self.bias_first = weight_norm, bias_first

    @classmethod
    def sized(cls, sizes: Sizes, *, key: Key, **settings: Any) -> "NormConv":
        """Of an image one of the same height and width."""
        sizes.refuse_context(cls)
        return cls(sizes.in_channels, sizes.out_channels, key=key, **settings)

    def __call__(self, x: Array, context: Context = None, channels_last: bool = False) -> Array:
        """x of shape (in_channels, H, W) → (out_channels, H, W), in the dtype of x."""
        # the scale goes to the weights, of which there are fewer numbers than in the image
        scale = jnp.exp(self.log_scale)
        y = convolve(x, scale[:, None, None, None] * self._weight(), channels_last=channels_last)
        return y + of_channels(scale * self.bias if self.bias_first else self.bias, y, channels_last)

    def initialize(
        self, xs: Array, contexts: Context = None, channels_last: bool = False
    ) -> tuple["NormConv", Array]:
        """Scale and bias are those that normalise the batch."""
        hs = jax.vmap(lambda x: convolve(x, self._weight(), channels_last=channels_last))(xs)
        mean, std = moments(hs, (0, 1, 2) if channels_last else (0, 2, 3))
        bias = -mean if self.bias_first else -mean / std
        values = (-jnp.log(std).astype(self.log_scale.dtype), bias.astype(self.bias.dtype))
        new = eqx.tree_at(lambda conv: (conv.log_scale, conv.bias), self, values)
        return new, jax.vmap(lambda x: new(x, channels_last=channels_last))(xs)

    def penalty(self) -> Array:
        """Σ g² of the scales g = exp(log_scale) of normalised weights, which RealNVP's training keeps small
        (Dinh et al. 2017, section 4.1, and the authors' code); 0 without weight_norm."""
        return jnp.exp(2 * self.log_scale).sum() if self.weight_norm else jnp.zeros(())

    def _weight(self) -> Array:
        """w, which for weight_norm has norm 1 for each channel of y."""
        if not self.weight_norm:
            return self.weight
        squares = (self.weight * self.weight).sum((1, 2, 3), keepdims=True)
        return self.weight / jnp.sqrt(squares + LEAST**2)


class ZeroConv(Network):
    """y = exp(3·log_scale)·(w ∗ x + bias), all of it zero at the start (Kingma and Dhariwal 2018, Glow).

    The last convolution of Glow's couplings, and the whole network of its priors: a coupling starts as
    the identity, and the learned scale of each channel lets it move off quickly.
    """

    weight: Array
    bias: Array
    log_scale: Array

    def __init__(self, in_channels: int, out_channels: int, size: int = 3):
        self.weight = jnp.zeros((out_channels, in_channels, size, size))
        self.bias, self.log_scale = jnp.zeros(out_channels), jnp.zeros(out_channels)

    @classmethod
    def sized(cls, sizes: Sizes, *, key: Key, **settings: Any) -> "ZeroConv":
        """Of an image one of the same height and width."""
        sizes.refuse_context(cls)
        return cls(sizes.in_channels, sizes.out_channels, **settings)

    def __call__(self, x: Array, context: Context = None, channels_last: bool = False) -> Array:
        """x of shape (in_channels, H, W) → (out_channels, H, W), in the dtype of x."""
        scale = jnp.exp(3 * self.log_scale)
        y = convolve(x, scale[:, None, None, None] * self.weight, channels_last=channels_last)
        return y + of_channels(scale * self.bias, y, channels_last)


def of_channels(numbers: Array, h: Array, channels_last: bool) -> Array:
    """A number for each channel of an image h, in its dtype, to be broadcast over its pixels."""
    return (numbers if channels_last else numbers[:, None, None]).astype(h.dtype)
