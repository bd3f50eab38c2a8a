"""What a study of images is: its systems, and which of them are set against each other."""

import dataclasses
from typing import Any, NamedTuple


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
class Study:
    """Systems that are trained and measured under one protocol.

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
