"""What an example of a data set is, as it is stored with a run."""

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

import numpy as np

from surjax.data.column import Schema, schema_from_json, schema_to_json
from surjax.errors import ConfigError, DataError
from surjax.typing import Shape

Self = TypeVar("Self", bound="Form")

GIVEN = "given"
"""Under what the columns that are given stand in run.json and beside a saved model."""


class Form(ABC):
    """What an example is: a row of these columns, an image of this shape and these bits.

    A form knows nothing of models. What is done with examples of a form, how they are drawn for instance,
    is its modality's: see `surjax.modalities`.
    """

    key: ClassVar[str]
    """Under what it stands in run.json and beside a saved model."""
    word: ClassVar[str]
    """One example, in a word."""
    medium: ClassVar[str]
    """What a data set of them is, in words that can follow "a run of"."""
    modelled: ClassVar[str]
    """What their models are called models of."""
    in_bits: ClassVar[bool] = False
    """Whether the losses of a training are told in bits/dim, as is usual for images, and not in nats."""

    shape: Shape
    """That of an example's array."""
    gaps: bool = False
    """Whether numbers of an example may be missing."""

    given: Schema = ()
    """The columns that a model is given with an example and does not model: its context."""

    @property
    @abstractmethod
    def discrete(self) -> bool:
        """Whether nothing in an example is continuous, so that likelihoods are code lengths."""

    @property
    def measure(self) -> str:
        """What the likelihood of an example is, in words."""
        return "a probability" if self.discrete else "a density"

    @property
    def mixed(self) -> bool:
        """Whether it depends on the example how many of its numbers have a density."""
        return False

    def continuous(self, values: np.ndarray) -> np.ndarray:
        """How many numbers of each example have a density, of shape (examples,)."""
        return np.full(len(values), 0 if self.discrete else self.dimensions)

    @property
    def remarks(self) -> list[str]:
        """What was found out about the data and changes what a likelihood is, a sentence each."""
        return []

    def rows_meant(self, entries: Sequence[str]) -> list[list[str]]:
        """The name=value entries of each row that is meant by some of what is given: one row as it stands."""
        return [list(entries)]

    @abstractmethod
    def to_json(self) -> Any:
        """Return it as plain values, from which `from_json` makes the same form."""

    @classmethod
    @abstractmethod
    def from_json(cls: type[Self], content: Any) -> Self:
        """Rebuild what `to_json` gave; DataError where it is not of that form."""

    @property
    def words(self) -> str:
        """Several examples, in a word."""
        return f"{self.word}s"

    @property
    def dimensions(self) -> int:
        """How many numbers an example has."""
        return math.prod(self.shape)

    @property
    def told(self) -> str:
        """The data in a few words."""
        return f"{self.medium} of {self}"

    def entry(self) -> dict[str, Any]:
        """The entry of run.json that says which form it is, and what is given where something is."""
        return {self.key: self.to_json()} | ({GIVEN: schema_to_json(self.given)} if self.given else {})

    @classmethod
    def from_entry(cls: type[Self], fields: dict[str, Any]) -> Self:
        """Rebuild what `entry` gave, whatever else is in `fields`.

        Raises:
            DataError: the entry does not describe such examples.
            KeyError: there is no such entry.
        """
        form = cls.from_json(fields[cls.key])
        if GIVEN not in fields or not dataclasses.is_dataclass(form):
            return form
        return dataclasses.replace(form, given=schema_from_json(fields[GIVEN]))

    @classmethod
    def require(cls: type[Self], form: "Form", whose: object) -> Self:
        """The form, where it is of this class; else ConfigError, which says whose it is.

        >>> from surjax.data import ImageForm
        >>> str(ImageForm.require(ImageForm((3, 32, 32)), "runs/glow"))
        '3×32×32, 8 bits'
        """
        if not isinstance(form, cls):
            raise ConfigError(f"{whose} is a run of {form.medium}: give one of {cls.medium}.")
        return form


def not_of_form(what: str, content: Any) -> DataError:
    """Say that some JSON does not describe what it should."""
    return DataError(f"this does not describe {what}: {repr(content)[:200]}.")
