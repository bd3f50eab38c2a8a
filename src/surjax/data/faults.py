"""Cells of a table that a model cannot take: refused, or kept as rows without a score."""

from collections.abc import Callable
from typing import NoReturn

import numpy as np

from surjax.errors import DataError


class Faults:
    """What is done with cells that are missing or are not what their column holds.

    A strict one raises at the first of them. One that is not remembers their rows, whose values become NaN,
    so that the others can be scored.

    Attributes:
        rows: (rows,) whether some cell of a row cannot be taken.
        first: what is wrong with the first one, as a clause without an end.
    """

    def __init__(self, rows: int, strict: bool = True):
        self.rows = np.zeros(rows, bool)
        self.first: str | None = None
        self._strict = strict

    def note(self, bad: np.ndarray, told: Callable[[int], str], remedy: str) -> None:
        """Take note of cells of one column; those of rows that are known already are not told again.

        Args:
            bad: (rows,) whether the cell of a row cannot be taken.
            told: says what is wrong with that of a row, counted from 0.
            remedy: what to do about it.

        Raises:
            DataError: there are some, and this is strict.
        """
        fresh = bad & ~self.rows
        if not fresh.any():
            return
        sentence = told(int(np.argmax(fresh)))
        if self._strict:
            _refuse(sentence, remedy)
        self.first = self.first or sentence
        self.rows |= bad

    def told(self, name: str) -> str | None:
        """A sentence about the rows that cannot be scored; None where there are none.

        Raises:
            DataError: they are all the rows.
        """
        count = int(self.rows.sum())
        if not count:
            return None
        if count == len(self.rows):
            _refuse(f"none of the {count} rows of {name} can be scored: {self.first}", "correct them")
        get = "gets" if count == 1 else "get"
        return f"{count} of {len(self.rows)} rows cannot be scored and {get} NaN: {self.first}."


def _refuse(sentence: str, remedy: str) -> NoReturn:
    raise DataError(f"{sentence}{';' if ': ' in sentence else ':'} {remedy}.")
