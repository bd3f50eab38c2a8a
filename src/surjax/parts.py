"""The parts of one kind in a model."""

from typing import Any

import jax


def parts_of(model: Any, kind: type, nested: bool = False) -> list[Any]:
    """Every part of a model that is of a kind, in the order of its tree.

    With nested those inside another of the kind too, after the one that they are in; else none is looked for
    there.

    >>> import jax, surjax as sx
    >>> chain = sx.Chain(sx.ActNorm((2,)), sx.Reverse(), sx.ActNorm((2,)))
    >>> len(parts_of(chain, sx.ActNorm))
    2
    >>> len(parts_of(chain, sx.Transform)), len(parts_of(chain, sx.Transform, nested=True))
    (1, 4)
    """
    found = []

    def ends_here(part: Any) -> bool:
        if not isinstance(part, kind):
            return False
        found.append(part)
        return not nested

    jax.tree.leaves(model, is_leaf=ends_here)
    return found
