"""What a study of images is: its systems, and which of them are set against each other."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from surjax.runs import Run


class System(NamedTuple):
    """One system: a model, what it sets apart from a preset, and the figures known for it, in bits/dim.

    paper_bits_per_dim is the published one; study_bits_per_dim that of the study that surjax grew from.
    Each is None where there is none.
    """

    title: str
    model: str
    fields: dict[str, Any]
    paper_bits_per_dim: float | None = None
    study_bits_per_dim: float | None = None


class Pair(NamedTuple):
    """Two systems of a study, by name, that differ in one part: `having` has it and `without` has not."""

    title: str
    without: str
    having: str


@dataclasses.dataclass(frozen=True)
class Study(ABC):
    """Systems that are trained and measured under one protocol.

    Its methods say what is measured of a trained system, which rows that gives, and how all of them are
    reported: see `SystemStudy` and `ProNFStudy`.

    Attributes:
        name: what the command line calls it.
        title: the report's.
        question: what it asks.
        systems: the systems by name.
        notes: what has to be known to read its figures, a paragraph each.
        gain: what the pairs of systems tell, in words.
        pairs: which systems are set against each other.
    """

    name: str
    title: str
    question: str
    systems: dict[str, System]
    notes: tuple[str, ...] = ()
    gain: str = ""
    pairs: tuple[Pair, ...] = ()

    @abstractmethod
    def measured(self, run: Run) -> Run:
        """A trained run, with all measured that its rows and the report need; run.json keeps it."""

    @abstractmethod
    def rows_of(self, name: str, run: Run) -> list[Any]:
        """The rows of results.json, as dataclasses, of the system of that name and its run."""

    @abstractmethod
    def write_report(self, folder: Path, rows: Sequence[Any], runs: Mapping[str, Run]) -> None:
        """Write what is for people, results.md and report.html, of all rows and of their runs by name."""
