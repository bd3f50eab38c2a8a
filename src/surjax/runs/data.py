"""What a run is trained and measured on: a source, how it is read, and its three parts."""

import dataclasses
from collections.abc import Mapping
from typing import Any, get_args

import numpy as np

from surjax.data import Kind, Schema, Table, load, split, toy_table
from surjax.errors import ConfigError, DataError
from surjax.runs.settings import DataConfig

SPLITS = ("train", "validation", "test")
"""The names of the parts."""


@dataclasses.dataclass(frozen=True)
class Splits:
    """A data set in three parts.

    Attributes:
        schema: what its columns hold.
        fingerprint: of all that was divided, so that a changed file is noticed.
        train: the rows that the model sees.
        validation: those that choose among its states; None where no share was set aside.
        test: those that it is measured on; None likewise. Of a toy density they are fresh points.
    """

    schema: Schema
    fingerprint: str
    train: Table
    validation: Table | None
    test: Table | None

    def part(self, name: str) -> Table:
        """One of the parts by its name, or DataError where it has no rows."""
        table = {"train": self.train, "validation": self.validation, "test": self.test}.get(name)
        if table is None:
            raise DataError(
                f"there is no {name} part: the run was trained with --{name}-fraction 0, so choose another."
            )
        return table


def load_splits(source: str, config: DataConfig, dtype: Any = np.float32) -> Splits:
    """Read a data set and divide it; the same arguments give the same parts.

    A toy density's test part is fresh points, as many as it is trained on; a table's is its share of
    the rows.

    Args:
        source: what `surjax.data.load` takes.
        config: how to read and divide it.
        dtype: float32 or float64.

    Raises:
        DataError: it cannot be read, or has too few rows for the parts.
        ConfigError: an option does not fit the source.
    """
    table = load(
        source,
        n=config.rows,
        seed=config.split_seed,
        columns=config.columns,
        kinds=_kinds(config.kinds),
        array=config.array,
        dtype=dtype,
    )
    held_out = config.validation_fraction
    if table.toy is None:
        shares = (1 - held_out - config.test_fraction, held_out, config.test_fraction)
        parts = [table.take(rows) for rows in split(len(table), shares, config.split_seed)]
    else:
        rows = split(len(table), (1 - held_out, held_out), config.split_seed)
        fresh = toy_table(table.name, len(table), config.split_seed, part="test")
        parts = [*(table.take(chosen) for chosen in rows), fresh]
    train, validation, test = (part if len(part) else None for part in parts)
    assert train is not None  # its share is above 0, and split gives each share a row
    return Splits(table.schema, table.fingerprint, train, validation, test)


def _kinds(entries: tuple[str, ...]) -> Mapping[str, str] | None:
    """column=kind, … as a mapping."""
    known: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
    kinds: dict[str, Kind] = {}
    for entry in entries:
        column, _, kind = entry.rpartition("=")
        if not column or kind not in known:
            raise ConfigError(
                f"{entry!r} does not say the kind of a column: write column=kind, "
                f"the kind one of {', '.join(known)}."
            )
        kinds[column] = known[kind]
    return kinds or None
