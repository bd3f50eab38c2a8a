"""The masked multilayer perceptron: one network that is D networks, one an element."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from surjax.errors import ConfigError, ShapeError
from surjax.nn.autoregressive import Autoregressive, Recurrence
from surjax.nn.base import ACTIVATIONS, check_activation, flatten
from surjax.nn.linear import linear_layers
from surjax.nn.reach import within_reach
from surjax.nn.sizes import Sizes
from surjax.typing import Array, Context, Floats, Key, Shape


class MADE(Autoregressive):
    """An MLP whose outputs for element i depend on x₁ … x_{i−1} and the context alone (Germain et al. 2015).

    Each unit has a degree: 0 for the context, i for x_i, and a hidden unit of degree m depends on inputs
    of degree ≤ m. The outputs for element i see hidden units of degree ≤ i − 1; weights that would show
    them more are masked. A layer's units are sorted by degree and shared out evenly among the degrees,
    so that `generate` can compute those of one degree at a time: each once, when the elements that it sees
    are known, so that the whole costs about one call, and so that a call leaves most zeros of the masks out
    of the products of wide layers (`blocks_of`). The output holds num_params numbers for each element, those
    of one element side by side: shape (size·num_params,).

    hidden gives the width of each hidden layer; context_size counts the context's numbers, as
    `ShapeError` says where they do not fit. reverse: element i depends on x_{i+1} … x_D instead.
    zero_last starts the last layer at zero.

    >>> import jax, surjax as sx
    >>> made = sx.nn.MADE(3, 2, hidden=(16, 16), key=jax.random.key(0))
    >>> jacobian = jax.jacobian(made)(jax.numpy.ones(3))  # of outputs 0, 1: x₁; 2, 3: x₂; 4, 5: x₃
    >>> jacobian.reshape(3, 2, 3).any(1).astype(int)
    Array([[0, 0, 0],
           [1, 0, 0],
           [1, 1, 0]], dtype=int32)
    """

    small_products: ClassVar[bool] = True

    layers: tuple[eqx.nn.Linear, ...]
    size: int = eqx.field(static=True)
    num_params: int = eqx.field(static=True)
    context_size: int = eqx.field(static=True)
    reverse: bool = eqx.field(static=True)
    activation: str = eqx.field(static=True)

    def __init__(
        self,
        size: int,
        num_params: int,
        hidden: Sequence[int] = (128, 128),
        *,
        context_size: int = 0,
        activation: str = "relu",
        reverse: bool = False,
        zero_last: bool = False,
        key: Any,
    ):
        if size < 1 or num_params < 1:
            raise ConfigError(
                f"MADE was asked for {num_params} outputs for each of {size} elements and needs one of each."
            )
        sizes = (context_size + size, *hidden, size * num_params)
        self.layers = linear_layers(sizes, zero_last, key)
        self.activation = check_activation(activation)
        self.size, self.num_params, self.context_size, self.reverse = size, num_params, context_size, reverse

    @classmethod
    def sized(cls, sizes: Sizes, *, key: Key, **settings: Any) -> "MADE":
        """Of x₁ … x_D, the numbers for each of them."""
        if len(sizes.shape) != 1:
            raise ConfigError(
                f"MADE was asked for x of shape {sizes.shape} and takes vectors: take nn.ConvLSTM for the "
                "channels of images."
            )
        return cls(*sizes.shape, sizes.num_params, context_size=sizes.context_size, key=key, **settings)

    @property
    def shape(self) -> Shape:
        """The shape of x: (size,)."""
        return (self.size,)

    def __call__(self, x: Array, context: Context = None) -> Floats:
        """Every element's numbers at once, for x of shape (size,): shape (size·num_params,)."""
        activation, degrees = ACTIVATIONS[self.activation], self._degrees()
        cuts = [self._cuts(units) for units in degrees]
        inputs = self._inputs(x, context)
        parts = [inputs[left:right] for left, right in pairwise(cuts[0])]
        for i, layer in enumerate(self.layers):
            parts = _product(layer, parts, (degrees[i], degrees[i + 1]), (cuts[i], cuts[i + 1]))
            if i < len(self.layers) - 1:
                parts = [activation(part) for part in parts]
        y = jnp.concatenate(parts)
        return self.in_order(y.reshape(self.size, self.num_params)).ravel()

    def recurrence(self, context: Context = None, dtype: Any = jnp.float32) -> Recurrence:
        """One element after the other: a hidden unit is computed when what it sees is known."""
        activation = ACTIVATIONS[self.activation]
        *hidden, (last_weight, last_bias) = self._masked_weights()
        blocks = [self._blocks(weight, bias) for weight, bias in hidden]
        outputs = (
            last_weight.reshape(self.size, self.num_params, -1),
            last_bias.reshape(self.size, self.num_params),
        )
        # x_{i−1} goes to its place among the inputs; what stands before x₁ to the last, which nothing sees
        places = self.context_size + (np.arange(self.size) - 1) % self.size

        def step(units: list[Array], mine: Any, before: Array) -> tuple[list[Array], Array]:
            blocks, (last_weight, last_bias), place = mine
            units = [jax.lax.dynamic_update_slice(units[0], within_reach(before)[None], (place,)), *units[1:]]
            for i, (start, weight, bias) in enumerate(blocks):
                block = activation(weight @ units[i] + bias)
                units[i + 1] = jax.lax.dynamic_update_slice(units[i + 1], block, (start,))
            return units, last_weight @ units[-1] + last_bias

        inputs = self._inputs(jnp.zeros(self.size, dtype), context)
        units = [inputs, *(jnp.zeros(weight.shape[0], inputs.dtype) for weight, _ in hidden)]
        return Recurrence(step, units, (blocks, outputs, places))

    def _inputs(self, x: Array, context: Context) -> Array:
        """The context and x, in the order of their degrees."""
        if context is None and not self.context_size:
            return self.in_order(within_reach(x))
        parts = flatten(context, self.in_order(within_reach(x)))
        if len(parts) != self.context_size + self.size:
            raise ShapeError(
                f"MADE was given a context of {len(parts) - self.size} numbers and was built for "
                f"{self.context_size}: give it the context_size of your context.",
                wanted=str(self.context_size),
                given=len(parts) - self.size,
            )
        return parts

    def in_order(self, x: Array) -> Array:
        """The elements in the order in which they depend on each other, or back: reversed where `reverse`."""
        return x[::-1] if self.reverse else x

    def _degrees(self) -> list[np.ndarray]:
        """The degrees of each layer's units; a unit sees those of its own degree or less."""
        inputs = np.concatenate([np.zeros(self.context_size, int), 1 + np.arange(self.size)])
        # of the weights that there are: what a layer says of itself may come from a damaged file
        hidden = [self._hidden_degrees(layer.weight.shape[-2]) for layer in self.layers[:-1]]
        return [inputs, *hidden, np.repeat(np.arange(self.size), self.num_params)]

    def _cuts(self, degrees: np.ndarray) -> list[int]:
        """Where a layer's units, sorted by degree, are cut into blocks: in every layer at the same degrees.

        So a block sees the others as a whole or not at all, but for one.
        """
        blocks = blocks_of(len(degrees))
        bounds = self._lowest + np.arange(1, blocks) * (self.size - self._lowest) // blocks
        return sorted({0, len(degrees), *np.searchsorted(degrees, bounds).tolist()})

    def _hidden_degrees(self, width: int) -> np.ndarray:
        """Degrees up to size − 1 (no unit may see the last element), evenly and in order."""
        return self._lowest + np.arange(width) * (self.size - self._lowest) // width

    @property
    def _lowest(self) -> int:
        """The lowest degree of a hidden unit."""
        return 0 if self.context_size else min(1, self.size - 1)

    def _masked_weights(self) -> list[tuple[Array, Array]]:
        """(weight, bias) of each layer, with 0 where a unit must not see another."""
        degrees, weights = self._degrees(), []
        for layer, before, after in zip(self.layers, degrees, degrees[1:], strict=False):
            assert layer.bias is not None
            weights.append((jnp.where(after[:, None] >= before, layer.weight, 0.0), layer.bias))
        return weights

    def _blocks(self, weight: Array, bias: Array) -> tuple[np.ndarray, Array, Array]:
        """A hidden layer cut by degree: (first unit, weight, bias) of the units of degree 0, …, size − 1.

        All blocks are as long as the longest, so they overlap: a unit that is computed too early is
        computed again when its turn comes, before anything sees it.
        """
        degrees = self._hidden_degrees(len(bias))
        counts = np.bincount(degrees, minlength=self.size)
        length = counts.max()
        first = np.minimum(np.searchsorted(degrees, np.arange(self.size)), len(bias) - length)
        rows = first[:, None] + np.arange(length)
        return first, weight[rows], bias[rows]


def blocks_of(width: int) -> int:
    """Into how many blocks the units of a layer are cut: as many as benchmarks/made.py finds to pay."""
    return 1 if width < 256 else 2 if width < 384 else 4


def _product(
    layer: eqx.nn.Linear,
    parts: list[Array],
    degrees: tuple[np.ndarray, np.ndarray],
    cuts: tuple[list[int], list[int]],
) -> list[Array]:
    """The layer's sums, a part for each block of its units, of the parts of what it sees.

    A block of a sorted mask is all zeros, all ones, or has both; the first are left out, and only the last
    are masked.
    """
    before, after = degrees
    assert layer.bias is not None
    sums = []
    for top, bottom in pairwise(cuts[1]):
        total = layer.bias[top:bottom]
        for part, (left, right) in zip(parts, pairwise(cuts[0]), strict=True):
            if before[left] <= after[bottom - 1]:
                block = layer.weight[top:bottom, left:right]
                if before[right - 1] > after[top]:
                    block = jnp.where(after[top:bottom, None] >= before[left:right], block, 0.0)
                total = block @ part + total
        sums.append(total)
    return sums
