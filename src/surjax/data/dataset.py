"""What tables and sets of images have in common, so that a run takes either."""

import dataclasses
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from surjax.data.column import Schema
from surjax.data.form import Form
from surjax.data.lazy import LazyRows
from surjax.data.split import fingerprint, split
from surjax.data.toy import ToyDensity
from surjax.errors import DataError

Self = TypeVar("Self", bound="DataSet")


@dataclasses.dataclass(frozen=True, eq=False)
class DataSet(ABC):
    """Examples in one array, and what its numbers mean: a `Table` or an `ImageSet`.

    Attributes:
        name: the set or file it is from.
        values: the examples, along the first axis; not in memory where they are too many for it.
        context: (examples, given) what a conditional model is given with each, categories by their codes;
            None where nothing is given.
        given: what the columns of the context hold.
    """

    name: str
    values: np.ndarray | LazyRows
    context: np.ndarray | None = dataclasses.field(default=None, kw_only=True)
    given: Schema = dataclasses.field(default=(), kw_only=True)

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.values)

    @property
    @abstractmethod
    def form(self) -> Form:
        """What an example is."""

    @property
    @abstractmethod
    def truth(self) -> ToyDensity | None:
        """The density that the examples were drawn from, where it is known."""

    @property
    def usable(self) -> np.ndarray:
        """(examples,) whether a model can take an example; all are, where nothing else is known."""
        return np.ones(len(self), bool)

    @property
    def found(self) -> dict[str, Any]:
        """Settings of its `DataConfig` that were found out as it was read."""
        return {}

    @abstractmethod
    def take(self: Self, rows: np.ndarray) -> Self:
        """Return the set of some examples, given by their numbers."""

    def conditioned(self: Self, given: Sequence[str], like: Schema = ()) -> Self:
        """The set of which some columns, by their names, are given and the others modelled.

        like: the columns that a model is given already, of whose categories these are. Raises DataError where
        it has no such columns.
        """
        raise DataError(f"{self.name} has nothing that could be given: leave --given out.")

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that tell these values, and what is given, from others."""
        if self.context is None:
            return fingerprint(self.values)
        both = fingerprint(self.values) + fingerprint(self.context)
        return hashlib.sha256(both.encode()).hexdigest()[:12]

    def choose(self: Self, n: int, seed: int = 0) -> Self:
        """Return n of the examples, chosen at random; DataError where there are fewer."""
        if n > len(self):
            raise DataError(f"{self.name} has {len(self)} rows, so {n} cannot be chosen: ask for fewer.")
        (rows,) = split(len(self), (n / len(self),), seed)
        return self.take(rows)
