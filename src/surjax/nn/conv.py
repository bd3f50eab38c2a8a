"""Convolutions, and what all networks of images share."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from surjax.errors import ConfigError, ShapeError
from surjax.nn.base import Network
from surjax.nn.conv_products import convolve_by_products, product
from surjax.nn.sizes import Sizes
from surjax.typing import Array, Context, Floats, Key, Shape

LEAST = 1e-6
"""What is added to the standard deviation of a first batch, so that none is 0 (as in Glow's code)."""

COMPUTE_DTYPES = ("float32", "bfloat16")
"""What the inside of a network may be computed in, by name."""


def check_compute_dtype(name: str) -> str:
    """The name of a compute dtype, or ConfigError where there is none of that name."""
    if name not in COMPUTE_DTYPES:
        raise ConfigError(f"compute_dtype is {name!r} and must be one of {', '.join(COMPUTE_DTYPES)}.")
    return name


def to_compute_dtype(x: Array, compute_dtype: str) -> Array:
    """x in bfloat16 where that is the compute dtype, and as it is, float32 or wider, for "float32"."""
    return x.astype(jnp.bfloat16) if compute_dtype == "bfloat16" else x


def beside(x: Any, context: Context = None) -> Array:
    """The channels of x, of shape (C, H, W), and of every image of the context, side by side.

    Raises ShapeError where they are not of one height and width.
    """
    first, *others = jax.tree.leaves((x, context))
    for image in others:
        require_beside(jnp.shape(first), image)
    return jnp.concatenate([first, *(image.astype(first.dtype) for image in others)]) if others else first


def require_beside(x_shape: Shape, image: Any) -> None:
    """Raise ShapeError where a context is no image of the height and width of x, of shape (C, H, W)."""
    if jnp.ndim(image) != len(x_shape) or jnp.shape(image)[-2:] != x_shape[-2:]:
        raise ShapeError(
            f"a network of images was given a context of shape {jnp.shape(image)} beside x of shape "
            f"{x_shape}: give an image of the same height and width.",
            given=jnp.shape(image),
        )


def require_context_channels(context: Context, channels: int, x_shape: Shape) -> None:
    """Raise ShapeError where the context is not an image of so many channels beside x, of shape (C, H, W).

    No channels are no context.
    """
    images = jax.tree.leaves(context)
    for image in images:
        require_beside(x_shape, image)
    given = sum(jnp.shape(image)[0] for image in images)
    if given != channels:
        raise ShapeError(
            f"a network of images was given a context of {given} channels and was built for {channels}: "
            + ("leave it out." if channels == 0 else f"give an image of {channels} channels."),
            wanted=str(channels),
            given=given,
        )


def convolve(
    x: Array, weight: Array, stride: int = 1, channels_last: bool = False, dilation: int = 1
) -> Array:
    """The convolution w ∗ x, in the dtype of x: (C, H, W) → (out, H, W), or (H, W, C) → (H, W, out).

    weight has shape (out, C, height, width). The image is padded with zeros so that it keeps its size;
    with a stride it is not padded, and what does not fill the last window is left out. dilation is the
    distance between neighbours in the window. Sums of bfloat16 products are added up in float32 where the
    hardware does so.
    """
    channels = x.shape[-1 if channels_last else -3]
    if channels != weight.shape[1]:
        raise ShapeError(
            f"a convolution of {weight.shape[1]} channels was given {channels}: give x, and the context "
            "beside it, of as many channels as the network was built for.",
            wanted=str(weight.shape[1]),
            given=channels,
        )
    # a weight that is worked out of others is so once: XLA would do it inside each product that reads it
    weight = jax.lax.optimization_barrier(weight.astype(x.dtype))
    if stride == 1 and weight.shape[2:] == (1, 1):
        return product(x, weight[:, :, 0, 0], channels_last)
    if stride == 1 and jax.default_backend() == "cpu":
        return convolve_by_products(x, weight, dilation, channels_last)
    layout = "NHWC" if channels_last else "NCHW"
    padding = "SAME" if stride == 1 else "VALID"
    return jax.lax.conv_general_dilated(
        x[None],
        weight,
        (stride, stride),
        padding,
        rhs_dilation=(dilation, dilation),
        dimension_numbers=(layout, "OIHW", layout),
    )[0]


class Conv(Network):
    """y = w ∗ x + b: an image (C, H, W), or (H, W, C) with channels_last, to one with other channels.

    size × size with zero padding, or with a stride and no padding: see `convolve`. Weights and bias start
    uniform on ±scale/√(C·size²), or at zero where no key is given: `draw_convs` draws those of a whole
    network together.

    >>> import jax, surjax as sx
    >>> sx.nn.Conv(3, 8, 3, key=jax.random.key(0))(jax.numpy.ones((3, 4, 4))).shape
    (8, 4, 4)
    """

    weight: Array
    bias: Array
    stride: int = eqx.field(static=True)
    channels_last: bool = eqx.field(static=True)

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        size: int = 3,
        *,
        stride: int = 1,
        channels_last: bool = False,
        scale: float = 1.0,
        key: Any = None,
    ):
        shape = (out_channels, in_channels, size, size)
        count = math.prod(shape) + out_channels
        numbers = jnp.zeros(count) if key is None else scale * _draw(key, count)
        self.weight, self.bias = _weight_and_bias(numbers, shape)
        self.stride, self.channels_last = stride, channels_last

    @classmethod
    def sized(cls, sizes: Sizes, *, key: Key, **settings: Any) -> "Conv":
        """Of an image one of the same height and width."""
        sizes.refuse_context(cls)
        return cls(sizes.in_channels, sizes.out_channels, key=key, **settings)

    def __call__(self, x: Array, context: Context = None) -> Floats:
        """w ∗ x + b, in the dtype of x."""
        bias = self.bias.astype(x.dtype)
        y = convolve(x, self.weight, self.stride, self.channels_last)
        return y + (bias if self.channels_last else bias[:, None, None])


def normalized(conv: Conv, xs: Array, std: float = 1.0) -> tuple[Conv, Array]:
    """The convolution that gives a batch mean 0 and standard deviation `std` in each channel, and its output.

    Its weights differ from those of `conv` by a factor for each channel (Salimans and Kingma 2016, Weight
    Normalization, section 3).
    """
    without_bias = eqx.tree_at(lambda conv: conv.bias, conv, jnp.zeros_like(conv.bias))
    mean, spread = moments(jax.vmap(without_bias)(xs), (0, 1, 2) if conv.channels_last else (0, 2, 3))
    factor = std / spread
    values = (conv.weight * factor[:, None, None, None], -mean * factor)
    values = (values[0].astype(conv.weight.dtype), values[1].astype(conv.bias.dtype))
    new = eqx.tree_at(lambda conv: (conv.weight, conv.bias), conv, values)
    return new, jax.vmap(new)(xs)


def moments(hs: Array, axes: tuple[int, ...]) -> tuple[Array, Array]:
    """Mean and standard deviation over axes, in float32 or wider; the latter with `LEAST` added to it."""
    wide = hs.astype(jnp.promote_types(hs.dtype, jnp.float32))
    return wide.mean(axes), wide.std(axes) + LEAST


def draw_convs(network: Any, key: Any) -> Any:
    """The network with every `Conv` in it drawn afresh, uniform on ±1/√(C·size²).

    Their numbers come out of one draw, because it takes long to compile a draw and a network has many
    convolutions.
    """
    parts, tree = jax.tree.flatten(network, is_leaf=lambda part: isinstance(part, Conv))
    convs = [part for part in parts if isinstance(part, Conv)]
    ends = np.cumsum([conv.weight.size + conv.bias.size for conv in convs])
    numbers = iter(jnp.split(_draw(key, int(ends[-1])), ends[:-1]))

    def fill(part: Any) -> Any:
        if not isinstance(part, Conv):
            return part
        values = _weight_and_bias(next(numbers), part.weight.shape)
        return eqx.tree_at(lambda conv: (conv.weight, conv.bias), part, values)

    return jax.tree.unflatten(tree, [fill(part) for part in parts])


def _draw(key: Any, count: int) -> Array:
    return jax.random.uniform(key, (count,), minval=-1.0, maxval=1.0)


def _weight_and_bias(numbers: Array, shape: Shape) -> tuple[Array, Array]:
    """Numbers on ±1 as a weight of that shape and a bias on ±1/√fan-in."""
    numbers = numbers / math.sqrt(math.prod(shape[1:]))
    return numbers[: -shape[0]].reshape(shape), numbers[-shape[0] :]
