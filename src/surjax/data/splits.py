"""A data set in three parts: what a model is trained and measured on."""

import dataclasses
from typing import Any

import numpy as np

from surjax.data.config import DataConfig
from surjax.data.dataset import DataSet
from surjax.data.form import Form
from surjax.data.split import split
from surjax.errors import ConfigError, DataError

SPLITS = ("train", "validation", "test")
"""The names of the parts."""


@dataclasses.dataclass(frozen=True)
class Splits:
    """A data set in three parts.

    Attributes:
        form: what an example is.
        fingerprint: of all that was divided, so that a changed file is noticed.
        train: the examples that the model sees.
        validation: those that choose among its states; None where no share was set aside.
        test: those that it is measured on; None likewise. Of a toy density they are fresh points; a set
            that is published with a test part keeps it.
    """

    form: Form
    fingerprint: str
    train: DataSet
    validation: DataSet | None
    test: DataSet | None

    def part(self, name: str) -> Any:
        """One of the parts by its name, or DataError where it has no rows."""
        part = {"train": self.train, "validation": self.validation, "test": self.test}.get(name)
        if part is None:
            raise DataError(
                f"there is no {name} part: the run was trained with --{name}-fraction 0, so choose another."
            )
        return part


def load_splits(source: str, config: DataConfig, dtype: Any = np.float32, form: Form | None = None) -> Splits:
    """Read a data set and divide it; the same arguments give the same parts.

    Args:
        source: what `surjax.data.load` takes, or `surjax.data.load_images`.
        config: how to read and divide it.
        dtype: see `surjax.data.read_table`; of a table alone.
        form: what an example was found to be when the set was read before, which holds now.

    Raises:
        DataError: it cannot be read, is not of that form, or has too few rows for the parts.
        ConfigError: an option does not fit the source.
    """
    whole, test = config.load(source, dtype, form)
    if config.given and whole.context is None:
        raise ConfigError(
            f"given is {', '.join(config.given)} and {whole.form.told} have none: leave it out."
        )
    held_out, tested = config.validation_fraction, config.test_fraction
    shares = (1 - held_out - tested, held_out, tested) if test is None else (1 - held_out, held_out)
    parts = [whole.take(rows) if len(rows) else None for rows in split(len(whole), shares, config.split_seed)]
    if test is not None:
        parts.append(test if tested else None)
    train, validation, test = parts
    assert train is not None  # its share is above 0, and split gives each share a row
    return Splits(whole.form, whole.fingerprint, train, validation, test)


def some_of(data: DataSet, rows: int | None, seed: int) -> DataSet:
    """Some of the examples, chosen at random, where there are more than `rows`; None for all."""
    return data if rows is None or rows >= len(data) else data.choose(rows, seed)
