"""Transforms side by side."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.transforms.base import Encoded, Transform, require_shape, split_key
from surjax.typing import Array, Context, Dropped, Key, Shape


class Parallel(Transform):
    """Cut a vector into blocks, give each to a transform of its own, and join what they return.

        z = [z₁, …, zₙ] with zᵢ from the sizes[i] entries of block i;   V = Σᵢ Vᵢ

    The parts may be of any kind and may change the size of their block. What was dropped is a tuple
    with one entry a part. x may also be an image whose channels are cut: trailing gives its other axes,
    (H, W), which the parts must keep. Raises ConfigError where there is not one size a transform, and
    ShapeError where a transform does not take its block or does not return such a block.

    >>> import jax, surjax as sx
    >>> columns = sx.Parallel((sx.Scale(2.0), sx.AbsoluteValue((1,))), (2, 1))
    >>> columns.forward(jax.numpy.array([1.0, 2.0, -3.0]))[0]
    Array([2., 4., 3.], dtype=float32)
    """

    V: ClassVar[str] = "Σᵢ Vᵢ"
    E: ClassVar[str] = "Σᵢ Eᵢ"

    transforms: tuple[Transform, ...]
    sizes: tuple[int, ...] = eqx.field(static=True)
    z_sizes: tuple[int, ...] = eqx.field(static=True)
    trailing: Shape = eqx.field(static=True, default=())

    def __init__(self, transforms: Sequence[Transform], sizes: Sequence[int], trailing: Shape = ()):
        if len(transforms) != len(sizes) or not transforms or min(sizes) < 1:
            raise ConfigError(
                f"Parallel was given {len(transforms)} transforms and sizes {tuple(sizes)}: give each "
                "transform the size of its block."
            )
        self.transforms, self.sizes, self.trailing = tuple(transforms), tuple(sizes), tuple(trailing)
        shapes = [t.z_shape((size, *trailing)) for t, size in zip(transforms, sizes, strict=True)]
        for transform, shape in zip(transforms, shapes, strict=True):
            if not shape or shape[1:] != self.trailing:
                joined = f"blocks (n, {', '.join(map(str, trailing))})" if trailing else "vectors"
                raise ConfigError(
                    f"{type(transform).__name__} returns shape {shape} and Parallel joins {joined}: follow "
                    "it with a Reshape."
                )
        self.z_sizes = tuple(shape[0] for shape in shapes)

    @property
    def forward_deterministic(self) -> bool:
        """Whether every part's x → z is."""
        return all(t.forward_deterministic for t in self.transforms)

    @property
    def inverse_deterministic(self) -> bool:
        """Whether every part's z → x is."""
        return all(t.inverse_deterministic for t in self.transforms)

    @property
    def densities_exact(self) -> bool:
        """Whether every part's are."""
        return all(t.densities_exact for t in self.transforms)

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: (Σ sizes, *trailing)."""
        return (sum(self.sizes), *self.trailing)

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of z: (Σ sizes of the outputs, *trailing)."""
        require_shape(self, x_shape, self.fixed_shape)
        return (sum(self.z_sizes), *self.trailing)

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of x: (Σ sizes, *trailing)."""
        require_shape(self, z_shape, (sum(self.z_sizes), *self.trailing))
        return self.fixed_shape

    def _encode(
        self, x: Any, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        z, contributions, dropped = self.encode_parts(x, given, key, context, temperature)
        return z, contributions.sum(), dropped

    def _decode(
        self, z: Any, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        x, contributions, dropped = self.decode_parts(z, given, key, context, temperature)
        return x, contributions.sum(), dropped

    def encode_parts(
        self, x: Any, given: Dropped, key: Key, context: Context, temperature: float | Array = 1.0
    ) -> tuple[Array, Array, Dropped]:
        """x → (z, the contribution of each part, what each dropped): what `encode` adds up."""
        directions = [t._encode for t in self.transforms]
        return _side_by_side(directions, _cut(x, self.sizes), given, key, context, temperature)

    def decode_parts(
        self, z: Any, given: Dropped, key: Key, context: Context, temperature: float | Array = 1.0
    ) -> tuple[Array, Array, Dropped]:
        """z → (x, the contribution of each part, what each dropped): what `decode` adds up."""
        directions = [t._decode for t in self.transforms]
        return _side_by_side(directions, _cut(z, self.z_sizes), given, key, context, temperature)

    def initialize(self, xs: Any, key: Key = None, contexts: Context = None) -> tuple["Parallel", Any]:
        """Initialise each part on its block of the batch."""
        return self._initialize([t.initialize for t in self.transforms], xs, self.sizes, key, contexts)

    def initialize_inverse(
        self, zs: Any, key: Key = None, contexts: Context = None
    ) -> tuple["Parallel", Any]:
        """Initialise each part in its generative direction on its block of the batch."""
        directions = [t.initialize_inverse for t in self.transforms]
        return self._initialize(directions, zs, self.z_sizes, key, contexts)

    def _initialize(
        self, directions: list[Any], batch: Array, sizes: tuple[int, ...], key: Key, contexts: Context
    ) -> tuple["Parallel", Array]:
        keys = split_key(key, len(directions))
        pairs = [
            direction(block, k, contexts)
            for direction, block, k in zip(directions, _cut(batch, sizes, axis=1), keys, strict=True)
        ]
        parts, outputs = zip(*pairs, strict=True)
        return Parallel(parts, self.sizes, self.trailing), jnp.concatenate(outputs, axis=1)


def _cut(x: Array, sizes: tuple[int, ...], axis: int = 0) -> list[Array]:
    """The blocks of x along an axis."""
    return jnp.split(x, list(accumulate(sizes))[:-1], axis)


def _side_by_side(
    directions: list[Any],
    blocks: list[Array],
    given: Dropped,
    key: Key,
    context: Context,
    temperature: float | Array,
) -> tuple[Array, Array, Dropped]:
    """Run each part's direction on its block; join the outputs and put the contributions side by side."""
    given = [None] * len(blocks) if given is None else given
    results = [
        direction(block, g, k, context, temperature)
        for direction, block, g, k in zip(directions, blocks, given, split_key(key, len(blocks)), strict=True)
    ]
    outputs, contributions, dropped = zip(*results, strict=True)
    return jnp.concatenate(outputs), jnp.stack(contributions), dropped
