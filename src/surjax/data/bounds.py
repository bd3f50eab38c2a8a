"""Bounds of a table's columns: fitted to the data, or given."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from surjax.data.column import Column
from surjax.data.table import Table
from surjax.errors import ConfigError, DataError

NONE, DATA = "none", "data"

Bounds = tuple[float | None, float | None]
"""low and high; None where there is none."""


def with_bounds(table: Table, entries: Sequence[str]) -> Table:
    """The table with bounds in its schema, outside of which a model of it gives density 0 and no sample.

    Args:
        table: read without bounds.
        entries: "none", which leaves it as it is; or "data", which bounds each column that is numeric by its
            smallest and its largest value; or column:low:high, either of which may be empty, for a numeric or
            an integer column. What is said of a column stands before "data".

    Raises:
        ConfigError: an entry is none of these, or names no column that can have bounds.
        DataError: a value lies outside.

    >>> table = Table.from_array(np.array([[0.25, 3.5], [0.75, 8.25]]), "shares")
    >>> [(c.low, c.high) for c in with_bounds(table, ["data", "x0:0:1"]).schema]
    [(0.0, 1.0), (3.5, 8.25)]
    """
    if not entries or tuple(entries) == (NONE,):
        return table
    if table.toy is not None:
        raise ConfigError(f"{table.name} is a toy density with two numeric columns: choose no bounds for it.")
    given = dict(_parsed(entry, table) for entry in entries if entry not in (NONE, DATA))
    if NONE in entries:
        raise ConfigError(
            f"bounds are none and {', '.join(e for e in entries if e != NONE)}: say one of them."
        )
    schema = []
    for i, column in enumerate(table.schema):
        values = table.values[:, i]
        bounds = given.get(column.name)
        if bounds is None and DATA in entries and column.kind == "numeric":
            bounds = float(np.nanmin(values)), float(np.nanmax(values))
        schema.append(column if bounds is None else _bounded(column, bounds, values, table.name))
    return dataclasses.replace(table, schema=tuple(schema))


def _bounded(column: Column, bounds: Bounds, values: np.ndarray, source: str) -> Column:
    """The column with bounds; DataError where a value lies outside."""
    low, high = bounds
    for end, outside in ((low, low is not None and values < low), (high, high is not None and values > high)):
        if np.any(outside):
            row = int(np.argmax(outside))
            raise DataError(
                f"column {column.name!r} of {source} has {values[row]} in row {row + 1}, beyond its bound "
                f"{end}: leave such rows out or move the bound."
            )
    return dataclasses.replace(column, low=low, high=high)


def _parsed(entry: str, table: Table) -> tuple[str, Bounds]:
    """column:low:high as the column's name and its bounds."""
    name, *ends = entry.rsplit(":", 2)
    try:
        low, high = (float(end) if end.strip() else None for end in ends)
    except ValueError:
        raise ConfigError(
            f"{entry!r} does not say the bounds of a column: write column:low:high, of which low or high may "
            f"be empty, or {DATA} or {NONE}."
        ) from None
    column = next((column for column in table.schema if column.name == name), None)
    if column is None:
        names = ", ".join(column.name for column in table.schema[:8])
        raise ConfigError(f"{table.name} has no column {name!r} to bound: it has {names}.")
    if column.kind == "categorical":
        raise ConfigError(
            f"column {name!r} of {table.name} is categorical and has no bounds: leave them out."
        )
    room = low is None or high is None or low < high
    if not room or not all(end is None or np.isfinite(end) for end in (low, high)):
        raise ConfigError(f"{entry!r} leaves no room: give a low below the high, both finite.")
    return name, (low, high)
