"""How a data set is read and divided."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from surjax.data.dataset import DataSet
from surjax.data.form import Form
from surjax.errors import ConfigError

LATER = {"later": True}
"""The metadata of a setting that older runs do not have, so that what they recorded stays as it is."""


@dataclasses.dataclass(frozen=True)
class DataConfig(ABC):
    """How a data set is read and divided; every field is a flag of the command line.

    Raises ConfigError where a field is out of its range.
    """

    rows: int | None = None
    """How many examples to take, test examples of a published set apart: drawn from a toy density
    (default: 128,000), or chosen at random (default: all)."""
    array: str | None = None
    """Which array of an .npz to take."""
    validation_fraction: float = 0.1
    """The share of the examples that choose the best state and stop the training."""
    test_fraction: float = 0.1
    """The share of the examples that are kept for the last measurement; with any but 0, a toy density's
    are drawn afresh, and those of a set that is published with a test part are that part."""
    test_rows: int | None = None
    """How many of the test examples, chosen at random, are measured at the end of the training (default:
    all); `surjax evaluate` measures all."""
    split_seed: int = 0
    """The seed of the division into parts, and of a toy density's points."""
    given: tuple[str, ...] = dataclasses.field(default=(), metadata=LATER)
    """What a conditional model is given and does not model: columns of a table, as a,b, or the label of
    images, as label."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name in ("validation_fraction", "test_fraction"):
            if not 0 <= getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)} and must be at least 0 and below 1.")
        if self.validation_fraction + self.test_fraction >= 1:
            raise ConfigError(
                f"validation_fraction and test_fraction add up to "
                f"{self.validation_fraction + self.test_fraction:g} and must leave rows to train on: "
                "keep their sum below 1."
            )
        if self.split_seed < 0:
            raise ConfigError(f"split_seed is {self.split_seed} and must be 0 or more.")
        for name in ("rows", "test_rows"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise ConfigError(f"the number of {name} must be 1 or more, not {getattr(self, name)}.")

    @abstractmethod
    def load(self, source: str, dtype: Any, form: Form | None = None) -> tuple[DataSet, DataSet | None]:
        """The examples to divide, and a test part where there is one of its own.

        form is what an example was found to be when they were read before, which holds when they are read
        again.

        Raises:
            DataError: they cannot be read.
            ConfigError: an option does not fit the source.
        """

    @abstractmethod
    def load_like(
        self,
        source: str,
        form: Form,
        dtype: Any,
        *,
        columns: Sequence[str] | None = None,
        array: str | None = None,
        strict: bool = True,
    ) -> DataSet:
        """Other examples, read as those were that a model of this form was trained on.

        Args:
            source: a data set's name, or a path.
            form: what an example of the model's is.
            dtype: what the model computes in.
            columns: the columns to take, of a table that has more than the model.
            array: which array of an .npz.
            strict: whether an example that the model cannot take is refused; else it is not among the
                `usable`.

        Raises:
            DataError: they cannot be read, or are of another form.
            ConfigError: an option does not fit the source.
        """

    def load_unchanged(self, source: str, form: Form, dtype: Any, *, array: str | None = None) -> DataSet:
        """Other examples as `load_like` reads them, without what the configuration makes of them afterwards,
        and so of any size; where it makes nothing of them, the same. Raises as that does."""
        return self.load_like(source, form, dtype, array=array)

    def to_json(self) -> dict[str, Any]:
        """Plain values, as a run records them; a setting marked `LATER` only where it is not the default."""
        fields = dataclasses.asdict(self)
        later = [field for field in dataclasses.fields(self) if field.metadata.get("later")]
        for field in later:
            if fields[field.name] == field.default:
                del fields[field.name]
        return fields

    def found(self, data: DataSet) -> "DataConfig":
        """The configuration with the settings that were found out as these data were read, for the record."""
        return dataclasses.replace(self, **{k: v for k, v in data.found.items() if getattr(self, k) is None})

    def recorded(self) -> "DataConfig":
        """The configuration as a run records it: folders by their absolute paths, where it has some."""
        return self
