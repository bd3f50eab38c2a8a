"""What is not trained, as both packages mark it: `surjax.Fixed` and paramax's `NonTrainable`."""

from typing import Any, TypeVar

import equinox as eqx
import jax
from paramax import AbstractUnwrappable, NonTrainable  # pyright: ignore[reportMissingImports]

from surjax.parameters import Fixed
from surjax.typing import Array

T = TypeVar("T")


class HeldArray(AbstractUnwrappable):
    """An array that surjax does not train, and that flowjax finds in its place when it unwraps."""

    fixed: Fixed

    def unwrap(self) -> Array:
        """The array; no gradient flows into it."""
        return self.fixed.value


def hold_for_surjax(model: T) -> T:
    """flowjax's model, in which surjax trains nothing that is `NonTrainable`."""

    def held(node: Any) -> Any:
        if not isinstance(node, NonTrainable):
            return node
        return jax.tree.map(lambda leaf: HeldArray(Fixed(leaf)) if eqx.is_array(leaf) else leaf, node)

    return jax.tree.map(held, model, is_leaf=lambda node: isinstance(node, NonTrainable))


def hold_for_flowjax(model: T) -> T:
    """surjax's model, in which flowjax trains nothing that is `Fixed`."""
    return jax.tree.map(
        lambda node: NonTrainable(node) if isinstance(node, Fixed) else node,
        model,
        is_leaf=lambda node: isinstance(node, Fixed),
    )
