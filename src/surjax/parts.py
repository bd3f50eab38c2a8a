"""The parts of one kind in a model."""

from typing import Any

import jax


def parts_of(model: Any, kind: type) -> list[Any]:
    """Every part of a model that is of a kind, in the order of its tree; none is looked for inside another.

    >>> import jax, surjax as sx
    >>> len(parts_of(sx.Chain(sx.ActNorm((2,)), sx.Reverse(), sx.ActNorm((2,))), sx.ActNorm))
    2
    """

    def is_kind(part: Any) -> bool:
        return isinstance(part, kind)

    return [part for part in jax.tree.leaves(model, is_leaf=is_kind) if is_kind(part)]
