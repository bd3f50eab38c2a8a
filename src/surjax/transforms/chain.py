"""Composition: one transform after the other."""

from typing import Any, ClassVar

import jax.numpy as jnp

from surjax.errors import ShapeError
from surjax.transforms.base import Encoded, Transform, split_key
from surjax.typing import Array, Context, Dropped, Key, Shape


class Chain(Transform):
    """Apply transforms in order: x → z₁ → … → z; the contributions add up.

        V(x, z) = Σₖ Vₖ(zₖ₋₁, zₖ)                                (Nielsen et al. 2020, section 3.3)

    What was dropped is a tuple with one entry a transform.

    >>> import jax, surjax as sx
    >>> chain = sx.Chain(sx.Scale(2.0), sx.Shift(1.0))
    >>> chain.forward(jax.numpy.ones(3))[0]
    Array([3., 3., 3.], dtype=float32)
    """

    V: ClassVar[str] = "Σₖ Vₖ"
    E: ClassVar[str] = "Σₖ Eₖ"

    transforms: tuple[Transform, ...]

    def __init__(self, *transforms: Transform):
        self.transforms = tuple(transforms)

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

    def z_shape(self, x_shape: Shape) -> Shape:
        """The last part's output shape; a mismatch names both neighbours and both shapes."""
        shape = x_shape
        for i, transform in enumerate(self.transforms):
            try:
                shape = transform.z_shape(shape)
            except ShapeError as error:
                raise self._mismatch(i - 1, i, error, gives=shape) from error
        return shape

    def x_shape(self, z_shape: Shape) -> Shape:
        """The first part's input shape; a mismatch names both neighbours and both shapes."""
        shape = z_shape
        for i in reversed(range(len(self.transforms))):
            try:
                shape = self.transforms[i].x_shape(shape)
            except ShapeError as error:
                raise self._mismatch(i, i + 1, error, takes=shape) from error
        return shape

    def _mismatch(
        self,
        i: int,
        j: int,
        error: ShapeError,
        gives: Shape | None = None,
        takes: Shape | None = None,
    ) -> ShapeError:
        """The error between neighbours i and j; the one that complained says what it wanted."""
        inner = self.transforms[i if gives is None else j]
        if not (i >= 0 and j < len(self.transforms)) or isinstance(inner, Chain):
            return error  # the fault is at an end of this chain, or inside a part of it
        gives_text, takes_text = str(gives or error.wanted), str(takes or error.wanted)
        return ShapeError(
            f"transform {i}, {type(self.transforms[i]).__name__}, gives shape {gives_text} and "
            f"transform {j}, {type(self.transforms[j]).__name__}, takes shape {takes_text}: "
            "make the two agree.",
            wanted=error.wanted,
            given=error.given,
        )

    def _encode(
        self, x: Any, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        n = len(self.transforms)
        given = [None] * n if given is None else given
        total, dropped = jnp.zeros(()), []
        for transform, g, k in zip(self.transforms, given, split_key(key, n), strict=True):
            x, contribution, d = transform._encode(x, g, k, context, temperature)
            total += contribution
            dropped.append(d)
        return x, total, tuple(dropped)

    def _decode(
        self, z: Any, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        n = len(self.transforms)
        given = [None] * n if given is None else given
        total, dropped = jnp.zeros(()), [None] * n
        for i, k in zip(reversed(range(n)), split_key(key, n), strict=True):
            z, contribution, dropped[i] = self.transforms[i]._decode(z, given[i], k, context, temperature)
            total += contribution
        return z, total, tuple(dropped)

    def initialize(self, xs: Any, key: Key = None, contexts: Context = None) -> tuple["Chain", Any]:
        """Initialise each part on what the parts before it make of the batch."""
        parts = []
        for transform, k in zip(self.transforms, split_key(key, len(self.transforms)), strict=True):
            part, xs = transform.initialize(xs, k, contexts)
            parts.append(part)
        return Chain(*parts), xs

    def initialize_inverse(self, zs: Any, key: Key = None, contexts: Context = None) -> tuple["Chain", Any]:
        """Initialise each part, the last one first, on what those after it make of the batch."""
        parts = list(self.transforms)
        for i, k in zip(reversed(range(len(parts))), split_key(key, len(parts)), strict=True):
            parts[i], zs = parts[i].initialize_inverse(zs, k, contexts)
        return Chain(*parts), zs
