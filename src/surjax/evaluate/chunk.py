"""Many examples, of which some go through a model at once: the same draws whatever their number."""

import math
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from surjax.flow import CHUNK
from surjax.typing import Shape

_NUMBERS = 2**19


def chunk_for(shape: Shape) -> int:
    """The examples of this shape that are about half a million numbers, at most 8192 and at least 1.

    The layers of an image model hold a few hundred channels for each three of the image, so that many
    take a few hundred megabytes.

    >>> chunk_for((2,)), chunk_for((3, 32, 32)), chunk_for((3, 64, 64))
    (8192, 170, 42)
    """
    return max(1, min(CHUNK, _NUMBERS // math.prod(shape)))


def chunks(n: int, key: Any, chunk: int) -> Iterator[tuple[np.ndarray, Any]]:
    """The numbers of the examples of each chunk, and their keys: n that are split from one.

    They are the keys that a `Flow` gives n examples, so that what is drawn chunk by chunk is what is drawn at
    once. A last chunk that is short is filled up with the first examples, so that all have one shape.

    >>> [rows.tolist() for rows, _ in chunks(5, jax.random.key(0), 2)]
    [[0, 1], [2, 3], [4, 0]]
    """
    keys, chunk = jax.random.split(key, n), min(n, chunk)
    for start in range(0, n, chunk):
        rows = np.arange(start, start + chunk) % n
        yield rows, keys[rows]
