"""The examples that training sees: on the device, or on the host and read from there in blocks."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from surjax.errors import DataError
from surjax.typing import Array, Context


class Examples(NamedTuple):
    """A data set: x and, where the model is conditional, a context, with n leading rows.

    weight: how much each row counts, (n,) of mean 1; None where they count alike.

    Its arrays are JAX's, or those that lie on the host: NumPy's, memory maps, or anything else with
    shape, dtype and nbytes that gives the rows of an array of ascending numbers.
    """

    x: Any
    context: Context = None
    weight: Any = None

    def take(self, rows: Array) -> "Examples":
        """The rows of these indices, of data on the device."""
        return jax.tree.map(lambda leaf: leaf[rows], self)

    def read(self, rows: np.ndarray) -> "Examples":
        """The rows of these indices, of data on the host, as NumPy arrays.

        Each is asked for once and in ascending order, which suits disks and is all that HDF5 can do.
        """
        ascending, back = np.unique(rows, return_inverse=True)
        return jax.tree.map(lambda leaf: np.asarray(leaf[ascending])[back], self)

    def require_finite(
        self,
        x: str = "x",
        context: str = "context",
        rows: Callable[[], np.ndarray] | None = None,
        gaps: bool = False,
    ) -> "Examples":
        """The same data; DataError where a number of x or of the context, so called, is not finite.

        rows: as for `require_finite`. gaps: whether numbers of x may be missing, which are NaN.
        """
        for name, part, may_be in ((x, self.x, gaps), (context, self.context, False)):
            for leaf in jax.tree.leaves(part):
                require_finite(leaf, name, rows, gaps=may_be)
        return self

    def first(self, n: int) -> "Examples":
        """The first n rows."""
        return jax.tree.map(lambda leaf: leaf[:n], self)

    def on_host(self) -> "Examples":
        """The same data, what lies on the device as NumPy's arrays."""
        return jax.tree.map(lambda leaf: np.asarray(leaf) if isinstance(leaf, jax.Array) else leaf, self)

    def on_device(self) -> "Examples":
        """The same data as JAX's arrays."""
        return jax.tree.map(
            lambda leaf: leaf if isinstance(leaf, jax.Array) else jnp.asarray(np.asarray(leaf)), self
        )

    @property
    def n(self) -> int:
        """How many rows there are."""
        return len(jax.tree.leaves(self.x)[0])

    @property
    def host_bytes(self) -> int:
        """How many bytes are not on the device yet."""
        return sum(leaf.nbytes for leaf in jax.tree.leaves(self) if not isinstance(leaf, jax.Array))


class Block(NamedTuple):
    """The rows of the batches of some steps, one batch after the other; `first` is the first of the steps."""

    first: Any
    data: Examples


class Moments(NamedTuple):
    """Examples without data, of which there are any number: how many steps there are, as a float."""

    steps: Any

    def at(self, step: Any, n: int) -> Examples:
        """n examples of a step, whose x is the share of the steps before it."""
        return Examples(jnp.broadcast_to(step / self.steps, (n,)))


def require_finite(
    array: Any,
    name: str,
    rows: Callable[[], np.ndarray] | None = None,
    *,
    gaps: bool = False,
    option: str = "build a model that takes gaps (see surjax.Imputed)",
) -> None:
    """Raise DataError where a number of an array is NaN or infinite; it names the first one's row and column.

    Args:
        array: any that jnp.isfinite or np.isfinite takes, with one leading axis; whole numbers always are.
        name: what it is called.
        rows: gives the numbers of its rows, where these are some of another array's.
        gaps: whether NaN is fine, as what is missing.
        option: what takes NaN, for the error.
    """
    if not jnp.issubdtype(array.dtype, jnp.inexact):
        return
    on_cpu = isinstance(array, jax.Array) and jax.default_backend() == "cpu" and array.is_fully_addressable
    array = np.asarray(array) if on_cpu else array  # the same memory, and nothing to compile
    of = jnp if isinstance(array, jax.Array) else np
    finite = ~of.isinf(array) if gaps else of.isfinite(array)
    if finite.all():
        return
    first = tuple(map(int, np.argwhere(~np.asarray(finite))[0]))
    missing = bool(np.isnan(np.asarray(array[first])))
    value = "NaN" if missing else "an infinite value"
    remedy = f", or {option}" if missing and len(first) == 2 else ""
    row = first[0] if rows is None else int(rows()[first[0]])
    where = f" in column {first[1]}" if len(first) == 2 else f" at {first[1:]}" if len(first) > 1 else ""
    raise DataError(
        f"row {row} of {name} has {value}{where} (both counted from 0): fill it in or leave such rows out"
        f"{remedy}."
    )
