"""What numbers stand for which pixels."""

import dataclasses
import math
from typing import Any

import numpy as np

from surjax.data.lazy import LazyRows, chunks_of_rows
from surjax.errors import ConfigError, DataError

_USUAL = ((0, 1), (-1, 1), (0, 255), (0, 65535))
"""The ranges that images are mostly stored in."""


@dataclasses.dataclass(frozen=True)
class Levels:
    """How the numbers of an array, or of a picture of more than 8 bits, become pixels.

    Without a range whole numbers are pixels as they are. With a range (a, b) a number x becomes

        round((x − a)/(b − a) · (2^bits − 1))

    Attributes:
        bits: 8 or 16: what pixels have, unless they are bytes to begin with.
        range: the numbers that are the smallest pixel, 0, and the largest.

    Raises ConfigError where there are other bits, or the range is none.

    >>> Levels(range=(-1.0, 1.0)).pixels(np.array([-1.0, 0.2, 1.0]), "some").tolist()
    [0, 153, 255]
    """

    bits: int = 8
    range: tuple[float, float] | None = None

    def __post_init__(self):
        if self.bits not in (8, 16):
            raise ConfigError(
                f"bits is {self.bits} and images are read with 8 or 16: reduce them afterwards."
            )
        if self.range is not None:
            low, high = self.range
            if not (math.isfinite(low) and math.isfinite(high) and low < high):
                raise ConfigError(f"range is {low:g} {high:g} and must be two numbers, the smaller first.")

    @property
    def top(self) -> int:
        """The largest pixel."""
        return 2**self.bits - 1

    @property
    def told(self) -> str | None:
        """What was done with numbers, as a clause, where it takes a range to do it."""
        if self.range is None:
            return None
        return f"numbers from {self.range[0]:g} to {self.range[1]:g} became pixels from 0 to {self.top}"

    @property
    def dtype(self) -> type[np.unsignedinteger]:
        """What pixels are stored as."""
        return np.uint8 if self.bits <= 8 else np.uint16

    def pixels(self, values: np.ndarray, name: str) -> np.ndarray:
        """Numbers as pixels. Of bytes without a range they are those; False and True are the two ends.

        Raises:
            DataError: they are no numbers, or beyond the range, or without one beyond the bits or no whole
                numbers; the sentence begins with the name.
        """
        if values.dtype.kind not in "buif":
            raise DataError(f"{name} holds {values.dtype} and images are numbers: convert it.")
        if self.range is None and values.dtype == np.uint8:
            return values
        if self.range is None and values.dtype.kind == "f":
            raise self.unknown(values.dtype, name, _limits(values) if values.size else None)
        made = np.empty(values.shape, self.dtype)
        for rows in chunks_of_rows(values.shape, np.dtype(np.float64)):
            made[rows] = self._of(values[rows], name)
        return made

    def pixels_lazily(self, values: LazyRows, name: str) -> LazyRows:
        """The same of what is read when it is asked for, where all but its type is looked at."""
        of_none = self.pixels(np.empty(0, values.dtype), name)
        return LazyRows(lambda rows: self.pixels(values[rows], name), values.shape, of_none.dtype)

    def unknown(self, dtype: Any, name: str, limits: tuple[float, float] | None = None) -> DataError:
        """Say that nothing tells what numbers, between such limits where they are known, stand for."""
        kind, (low, high) = np.dtype(dtype).kind, limits or (0.0, 1.0)
        remedy = "say with --range LOW HIGH which numbers are black and white"
        found = f"{name} holds {dtype}" + ("" if limits is None else f" from {low:g} to {high:g}")
        if kind in "iu" and self.bits == 8 and low >= 0 and high <= 65535:
            return DataError(f"{found}, which is more than 8 bits: take all 16 with --bits 16, or {remedy}.")
        if likely := [ends for ends in _USUAL if ends[0] <= low and high <= ends[1]]:
            remedy = f"{remedy}, for instance --range {likely[0][0]} {likely[0][1]}"
        return DataError(f"{found} and pixels are whole numbers from 0 to {self.top}: {remedy}.")

    def _of(self, values: np.ndarray, name: str) -> np.ndarray:
        if values.dtype.kind == "b" and self.range is None:
            return np.where(values, self.top, 0)
        if self.range is None:
            scaled = values
        else:
            low, high = self.range
            scaled = np.rint((values.astype(np.float64) - low) * (self.top / (high - low)))
        if not ((scaled >= 0) & (scaled <= self.top)).all():  # nor where they are no numbers
            raise self._outside(values, name)
        return scaled

    def _outside(self, values: np.ndarray, name: str) -> DataError:
        low, high = _limits(values)
        if self.range is None:
            return self.unknown(values.dtype, name, (low, high))
        if not np.isfinite(values).all():
            return DataError(f"{name} has numbers that are not finite, which are no pixels: leave them out.")
        return DataError(
            f"{name} has numbers from {low:g} to {high:g}, beyond the range {self.range[0]:g} to "
            f"{self.range[1]:g} that pixels have: give another --range, or cut them off."
        )


BYTES = Levels()
"""Whole numbers from 0 to 255 are pixels; others are refused."""


def _limits(values: np.ndarray) -> tuple[float, float]:
    """The smallest and the largest of the numbers that are finite."""
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
