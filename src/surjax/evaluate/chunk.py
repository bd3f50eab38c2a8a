"""How many examples go through a model at once where nobody says it."""

import math

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
