"""The convolutional LSTM over the channels of an image."""

import math
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from surjax.errors import ConfigError
from surjax.nn.autoregressive import Autoregressive, Recurrence
from surjax.nn.conv import (
    Conv,
    beside,
    check_compute_dtype,
    convolve,
    require_context_channels,
    to_compute_dtype,
)
from surjax.nn.sizes import Sizes
from surjax.typing import Array, Context, Floats, Key, Shape

_PIXELS = 256
"""So many pixels of one example a CPU works on at once."""

State = tuple[Array, Array]
"""(h, c) of a layer, each of shape (H, W, hidden)."""


class ConvLSTMLayer(eqx.Module):
    """An LSTM whose products are convolutions (Shi et al. 2015, Convolutional LSTM Network).

        i, f, g, o = U ∗ x + W ∗ h + b + b′
        c ← σ(f)·c + σ(i)·tanh(g),   h ← σ(o)·tanh(c)

    without the connections from c to the gates that the paper has. U and W are size × size convolutions
    with that dilation. There are two biases, as PyTorch's LSTM has them: their sum learns twice as fast as
    one would. All start uniform on ±1/√hidden. Images have shape (H, W, channels).
    """

    input: Array
    hidden: Array
    input_bias: Array
    hidden_bias: Array
    dilation: int = eqx.field(static=True)

    def __init__(self, in_channels: int, hidden: int, size: int, *, dilation: int = 1, key: Any):
        shapes = [(4 * hidden, n, size, size) for n in (in_channels, hidden)] + [(4 * hidden,)] * 2
        ends = np.cumsum([math.prod(shape) for shape in shapes])
        # one draw for all, because it takes long to compile a draw
        numbers = jax.random.uniform(key, (int(ends[-1]),), minval=-(hidden**-0.5), maxval=hidden**-0.5)
        arrays = [a.reshape(shape) for a, shape in zip(jnp.split(numbers, ends[:-1]), shapes, strict=True)]
        self.input, self.hidden, self.input_bias, self.hidden_bias = arrays
        self.dilation = dilation

    def start(self, size: Shape, dtype: Any) -> State:
        """h = c = 0, for images of that height and width."""
        zeros = jnp.zeros((*size, self.hidden.shape[1]), dtype)
        return zeros, zeros

    def input_gates(self, x: Array, compute_dtype: str) -> Array:
        """What the gates have of x: U ∗ x + b + b′."""
        bias = (self.input_bias + self.hidden_bias).astype(x.dtype)
        return self._convolve(x, self.input, compute_dtype) + bias

    def next(self, state: State, input_gates: Array, compute_dtype: str) -> State:
        """The state after one more input."""
        h, c = state
        i, f, g, o = jnp.split(input_gates + self._convolve(h, self.hidden, compute_dtype), 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return jax.nn.sigmoid(o) * jnp.tanh(c), c

    def _convolve(self, x: Array, weight: Array, compute_dtype: str) -> Array:
        lowered = to_compute_dtype(x, compute_dtype)
        return convolve(lowered, weight, channels_last=True, dilation=self.dilation).astype(x.dtype)


class ConvLSTM(Autoregressive):
    """Numbers for each channel of an image out of the channels before it, by layers of convolutional LSTMs
    (Mahajan et al. 2020, Normalizing Flows with Multi-Scale Autoregressive Priors).

    x has shape `shape` = (T, H, W), and step c of the LSTM sees channel c − 1 (zeros at the first step) and
    the context, an image of context_channels of that height and width: a convolution of size × size embeds
    them in `hidden` channels, `layers` LSTM layers follow, whose convolutions have that size and the
    dilation, and a 3×3 convolution gives the num_params numbers of each pixel.

    A call works on all channels at once: every convolution but those of the LSTM's own state is one batch,
    layer after layer, and only h → h goes step by step, in one `lax.scan` a layer. compute_dtype "bfloat16"
    computes the convolutions in bfloat16, and the states in float32.

    >>> import equinox as eqx, jax, surjax as sx
    >>> net = sx.nn.ConvLSTM((6, 4, 4), 2, hidden=8, context_channels=3, key=jax.random.key(0))
    >>> eqx.filter_jit(net)(jax.numpy.ones((6, 4, 4)), jax.numpy.ones((3, 4, 4))).shape
    (12, 4, 4)
    """

    first: Conv
    layers: tuple[ConvLSTMLayer, ...]
    last: Conv
    shape: Shape = eqx.field(static=True)
    num_params: int = eqx.field(static=True)
    compute_dtype: str = eqx.field(static=True)

    def __init__(
        self,
        shape: Shape,
        num_params: int,
        *,
        hidden: int = 32,
        layers: int = 3,
        size: int = 5,
        dilation: int = 1,
        context_channels: int = 0,
        compute_dtype: str = "float32",
        key: Any,
    ):
        if len(shape) != 3 or min(shape) < 1 or layers < 1 or size % 2 == 0:
            raise ConfigError(
                f"a ConvLSTM of {layers} layers of size {size} was asked for images of shape {tuple(shape)}: "
                "it takes (T, H, W), one layer at least and an odd size."
            )
        first, last, *keys = jax.random.split(key, 2 + layers)
        self.first = Conv(1 + context_channels, hidden, size, channels_last=True, key=first)
        self.layers = tuple(ConvLSTMLayer(hidden, hidden, size, dilation=dilation, key=k) for k in keys)
        self.last = Conv(hidden, num_params, 3, channels_last=True, key=last)
        self.shape, self.num_params = tuple(shape), num_params
        self.compute_dtype = check_compute_dtype(compute_dtype)

    @classmethod
    def sized(cls, sizes: Sizes, *, key: Key, **settings: Any) -> "ConvLSTM":
        """Of the channels of an image, the numbers for each of them."""
        channels = sizes.context_channels
        return cls(sizes.image, sizes.num_params, context_channels=channels, key=key, **settings)

    def __call__(self, x: Array, context: Context = None) -> Floats:
        """x of shape (T, H, W) → (T·num_params, H, W)."""
        shared = self._of_context(context)
        before = jnp.concatenate([jnp.zeros_like(x[:1]), x[:-1]])
        h = self._all(lambda before: self._embed(before, shared), before)
        for layer in self.layers:
            gates = self._all(lambda x, layer=layer: layer.input_gates(x, self.compute_dtype), h)

            def step(state: State, gates: Array, layer: ConvLSTMLayer = layer) -> tuple[State, Array]:
                state = layer.next(state, gates, self.compute_dtype)
                return state, state[0]

            h = jax.lax.scan(step, layer.start(self.shape[1:], h.dtype), gates)[1]
        y = self._all(self._numbers, h)
        return jnp.moveaxis(y, -1, 1).reshape(-1, *self.shape[1:])

    def recurrence(self, context: Context = None, dtype: Any = jnp.float32) -> Recurrence:
        """One channel after the other, through all layers."""
        shared = self._of_context(context)

        def step(states: tuple[State, ...], mine: None, before: Array) -> tuple[tuple[State, ...], Array]:
            h, new = self._embed(before, shared), []
            for layer, state in zip(self.layers, states, strict=True):
                gates = layer.input_gates(h, self.compute_dtype)
                new.append(layer.next(state, gates, self.compute_dtype))
                h = new[-1][0]
            return tuple(new), self._numbers(h)

        return Recurrence(step, tuple(layer.start(self.shape[1:], dtype) for layer in self.layers))

    def _all(self, of_one: Callable[[Array], Array], images: Array) -> Array:
        """What is worked out of each channel by itself, for all of them: one batch, which on a CPU is run in
        parts whose numbers stay in its cache."""
        if jax.default_backend() != "cpu":
            return jax.vmap(of_one)(images)
        return jax.lax.map(of_one, images, batch_size=max(1, _PIXELS // math.prod(self.shape[1:])))

    def _of_context(self, context: Context) -> Array | None:
        """What the embedding has of the context, which is the same for every channel."""
        require_context_channels(context, self.first.weight.shape[1] - 1, self.shape)
        if context is None:
            return None
        first, *others = jax.tree.leaves(context)
        image = jnp.moveaxis(beside(first, others), 0, -1)
        return self._convolved(image, self.first.weight[:, 1:])

    def _embed(self, before: Array, shared: Array | None) -> Array:
        h = self._convolved(before[..., None], self.first.weight[:, :1]) + self.first.bias.astype(
            before.dtype
        )
        return h if shared is None else h + shared

    def _convolved(self, x: Array, weight: Array) -> Array:
        return convolve(to_compute_dtype(x, self.compute_dtype), weight, channels_last=True).astype(x.dtype)

    def _numbers(self, h: Array) -> Array:
        """(H, W, hidden) → (H, W, num_params)."""
        return self.last(to_compute_dtype(h, self.compute_dtype)).astype(h.dtype)
