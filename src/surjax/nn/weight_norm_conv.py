"""The weight-normalised convolution."""

import math
from typing import Any

import jax
import jax.numpy as jnp

from surjax.nn.base import Network
from surjax.nn.conv import convolve
from surjax.nn.sizes import Sizes
from surjax.typing import Array, Context, Floats, Key


class WeightNormConv(Network):
    """y = (g·v/‖v‖) ∗ x + b, the norm taken for each channel of y (Salimans and Kingma 2016, equation 2).

    size × size with zero padding. v and b start uniform on ±1/√(in_channels·size²) and g at ‖v‖, so that
    this is at first the convolution with v. (`NormConv` learns log g, and starts from what a first batch
    shows.)

    >>> import jax, surjax as sx
    >>> sx.nn.WeightNormConv(3, 8, key=jax.random.key(0))(jax.numpy.ones((3, 4, 4))).shape
    (8, 4, 4)
    """

    direction: Array
    norm: Array
    bias: Array | None

    def __init__(self, in_channels: int, out_channels: int, size: int = 3, *, bias: bool = True, key: Any):
        shape = (out_channels, in_channels, size, size)
        bound = math.prod(shape[1:]) ** -0.5
        count = math.prod(shape)
        numbers = jax.random.uniform(key, (count + out_channels,), minval=-bound, maxval=bound)
        self.direction = numbers[:count].reshape(shape)
        self.norm = _norms(self.direction)
        self.bias = numbers[count:] if bias else None

    @classmethod
    def sized(cls, sizes: Sizes, *, key: Key, **settings: Any) -> "WeightNormConv":
        """Of an image one of the same height and width."""
        sizes.refuse_context(cls)
        return cls(sizes.in_channels, sizes.out_channels, key=key, **settings)

    def __call__(self, x: Array, context: Context = None) -> Floats:
        """x of shape (in_channels, H, W) → (out_channels, H, W), in the dtype of x."""
        factor = self.norm / _norms(self.direction)
        y = convolve(x, self.direction * factor[:, None, None, None])
        return y if self.bias is None else y + self.bias[:, None, None].astype(y.dtype)


def _norms(v: Array) -> Array:
    return jnp.sqrt((v * v).sum((1, 2, 3)))
