"""The examples that training sees, on the device."""

from typing import Any, NamedTuple

import jax

from surjax.typing import Array, Context


class Data(NamedTuple):
    """A data set on the device: x and, where the model is conditional, a context, with n leading rows."""

    x: Any
    context: Context = None

    def take(self, rows: Array) -> "Data":
        """The rows of these indices."""
        return jax.tree.map(lambda leaf: leaf[rows], self)

    @property
    def n(self) -> int:
        """How many rows there are."""
        return len(jax.tree.leaves(self.x)[0])
