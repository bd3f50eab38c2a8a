"""Many examples, of which some go through a model at once: the same draws whatever their number."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surjax.typing import Array, Shape

CHUNK = 8192
"""How many examples go through a model at once by default."""
_NUMBERS = 2**19


def chunk_for(shape: Shape) -> int:
    """The examples of this shape that are about half a million numbers, at most 8192 and at least 1.

    The layers of an image model hold a few hundred channels for each three of the image, so that many
    take a few hundred megabytes.

    >>> chunk_for((2,)), chunk_for((3, 32, 32)), chunk_for((3, 64, 64))
    (8192, 170, 42)
    """
    return max(1, min(CHUNK, _NUMBERS // math.prod(shape)))


def map_in_chunks(
    function: Callable[[Any], Any], examples: Any, n: int, chunk: int, multiple: int = 1
) -> Any:
    """What a function of a batch gives for n examples, in one program that scans over chunks of them.

    A last chunk that is short is filled up with copies of the first example, so that all have one shape.

    Args:
        function: takes arrays with one leading axis, and gives such, an entry an example.
        examples: arrays with a leading axis of n.
        n: how many examples there are.
        chunk: how many at once at most.
        multiple: chunks are made so large that it divides them.

    >>> map_in_chunks(lambda x: x + 1, jnp.arange(5), 5, 2).tolist()
    [1, 2, 3, 4, 5]
    """
    chunk = min(-(-chunk // multiple), -(-n // multiple)) * multiple
    count = -(-n // chunk)
    if n == chunk:
        return function(examples)

    def fold(a: Any) -> Array:
        filler = jnp.broadcast_to(a[:1], (count * chunk - n, *a.shape[1:]))
        return jnp.concatenate([a, filler]).reshape(count, chunk, *a.shape[1:])

    out = jax.lax.map(function, jax.tree.map(fold, examples))
    return jax.tree.map(lambda a: a.reshape(count * chunk, *a.shape[2:])[:n], out)


def chunks(n: int, key: Any, chunk: int) -> Iterator[tuple[np.ndarray, Any]]:
    """The numbers of the examples of each chunk, and their keys: n that are split from one.

    They are the keys that a `Flow` gives n examples, so that what is drawn chunk by chunk is what is drawn at
    once. A last chunk that is short is filled up with the first examples, so that all have one shape.

    >>> [rows.tolist() for rows, _ in chunks(5, jax.random.key(0), 2)]
    [[0, 1], [2, 3], [4, 0]]
    """
    keys = jax.random.split(key, n)
    for rows in rows_of_chunks(n, chunk):
        yield rows, keys[rows]


def rows_of_chunks(n: int, chunk: int) -> Iterator[np.ndarray]:
    """The numbers of the examples of each chunk; a short last one is filled up with the first ones."""
    chunk = min(n, chunk)
    for start in range(0, n, chunk):
        yield np.arange(start, start + chunk) % n
