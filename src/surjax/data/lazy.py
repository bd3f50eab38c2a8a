"""Arrays that are read when rows of them are asked for: what is too large for the memory."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from surjax.typing import Shape

IN_MEMORY_BYTES = 4 << 30
"""What has up to so many bytes is read whole; of what has more the rows that are asked for."""
_CHUNK_BYTES = 64 << 20


class LazyRows:
    """An array that is not in memory: `array[rows]` reads those rows, `np.asarray(array)` all of them.

    Args:
        read: gives the rows of an array of row numbers, as a NumPy array; called by several threads.
        shape: of the whole.
        dtype: of the rows.

    >>> squares = LazyRows(lambda rows: rows[:, None] ** 2, (5, 1), np.int64)
    >>> squares.take(np.array([1, 3, 4])).map(lambda some: some + 1)[1:].tolist()
    [[10], [17]]
    """

    def __init__(self, read: Callable[[np.ndarray], np.ndarray], shape: Shape, dtype: Any):
        self._read, self.shape, self.dtype = read, tuple(shape), np.dtype(dtype)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> np.ndarray:
        given = isinstance(rows, np.ndarray) and rows.dtype.kind in "iu"
        numbers = rows if given else np.arange(len(self))[rows]
        read = self._read(np.atleast_1d(numbers))
        return read if numbers.ndim else read[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        whole = np.empty(self.shape, self.dtype)
        for rows in chunks_of_rows(self.shape, self.dtype):
            whole[rows] = self[rows]
        return whole if dtype is None else whole.astype(dtype, copy=False)

    @property
    def nbytes(self) -> int:
        """How many bytes it has when it is read."""
        return math.prod(self.shape) * self.dtype.itemsize

    def take(self, rows: np.ndarray) -> "LazyRows":
        """Return the array of some rows, which are not read yet."""
        return LazyRows(lambda numbers: self._read(rows[numbers]), (len(rows), *self.shape[1:]), self.dtype)

    def map(self, change: Callable[[np.ndarray], np.ndarray]) -> "LazyRows":
        """Return the array whose rows are changed when they are read; change takes and gives some rows."""
        one = change(np.zeros((1, *self.shape[1:]), self.dtype))
        shape = (len(self), *one.shape[1:])
        return LazyRows(lambda numbers: change(self._read(numbers)), shape, one.dtype)


def chunks_of_rows(shape: Shape, dtype: Any) -> list[slice]:
    """Divide the rows of an array into parts that are small in memory."""
    row = max(math.prod(shape[1:]) * np.dtype(dtype).itemsize, 1)
    step = max(_CHUNK_BYTES // row, 1)
    return [slice(start, start + step) for start in range(0, shape[0], step)]


def fits_in_memory(nbytes: int) -> bool:
    """Whether so many bytes are read whole."""
    return nbytes <= IN_MEMORY_BYTES


def read_if_small(values: LazyRows) -> np.ndarray | LazyRows:
    """The array in memory where it fits there, or else as it is."""
    return np.asarray(values) if fits_in_memory(values.nbytes) else values
