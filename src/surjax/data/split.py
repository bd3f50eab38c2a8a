"""Splits that depend on a seed and nothing else, and the fingerprint that tells them apart."""

import hashlib
from collections.abc import Sequence

import numpy as np

from surjax.data.lazy import LazyRows, chunks_of_rows
from surjax.errors import ConfigError, DataError


def split(n: int, fractions: Sequence[float] = (0.8, 0.1, 0.1), seed: int = 0) -> tuple[np.ndarray, ...]:
    """Divide the rows 0 … n − 1 at random into parts, the same for a seed on every machine.

    Args:
        n: number of rows.
        fractions: the share of each part, for instance of training, validation and test; together at
            most 1. A share of 0 gives an empty part. What rounding leaves over goes to the parts with
            the largest remainders, so fractions that add up to 1 use every row once.
        seed: 0 or more.

    Returns:
        One sorted array of row numbers (int64) a part.

    Raises:
        ConfigError: a fraction is negative, they add up to more than 1, or the seed is negative.
        DataError: n is too small for each part with a share to have a row.

    >>> train, test = split(10, (0.7, 0.3), seed=1)
    >>> len(train), len(test), sorted([*train.tolist(), *test.tolist()]) == list(range(10))
    (7, 3, True)
    """
    shares = np.asarray(fractions, np.float64)
    if np.any(~(shares >= 0)) or shares.sum() > 1 + 1e-9:
        raise ConfigError(
            f"the fractions of a split must be 0 or more and add up to at most 1, not {tuple(fractions)}."
        )
    if seed < 0:
        raise ConfigError(f"a seed must be 0 or more, not {seed}.")
    total = round(n * shares.sum())
    sizes = np.floor(n * shares + 1e-9).astype(int)
    remainders = n * shares - sizes
    sizes[np.argsort(-remainders, kind="stable")[: total - sizes.sum()]] += 1
    if np.any((sizes == 0) & (shares > 0)):
        raise DataError(
            f"{n} rows are too few to split into parts of {tuple(fractions)}: each needs one row or more."
        )
    # NumPy promises that the raw stream of a bit generator never changes; it does not promise that of
    # Generator.permutation.
    order = np.argsort(np.random.PCG64(seed).random_raw(n), kind="stable")
    ends = np.cumsum(sizes)
    return tuple(np.sort(order[end - size : end]) for end, size in zip(ends, sizes, strict=True))


def fingerprint(array: np.ndarray | LazyRows) -> str:
    """Return the first 12 hexadecimal digits of the SHA-256 of an array's type, shape and contents.

    Reports show it, so that two numbers are known to be of the same data or of the same split.

    >>> fingerprint(np.arange(3)) == fingerprint(np.arange(3)[::-1][::-1])
    True
    >>> fingerprint(np.arange(3)) == fingerprint(np.arange(4))
    False
    """
    if isinstance(array, np.ndarray):
        array = np.atleast_1d(array)
    dtype = array.dtype.newbyteorder("<")
    digest = hashlib.sha256(f"{dtype.str}{array.shape}".encode())
    for rows in chunks_of_rows(array.shape, dtype):
        digest.update(np.ascontiguousarray(array[rows], dtype).tobytes())
    return digest.hexdigest()[:12]
