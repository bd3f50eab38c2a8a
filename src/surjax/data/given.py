"""What a conditional model is given: which columns, and their values as people write them."""

import dataclasses
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from surjax.data.column import Column, Schema
from surjax.errors import DataError


def given_columns(given: Sequence[str], names: Sequence[str], source: str) -> set[str]:
    """Which of the columns of those names are given. An entry may name several, with commas between them.

    Raises:
        DataError: there is no such column, one is named twice, or none would be left to model.

    >>> sorted(given_columns(["age,sex"], ["age", "sex", "height"], "people"))
    ['age', 'sex']
    """
    parts = ([entry] if entry in names else map(str.strip, entry.split(",")) for entry in given)
    return chosen_columns([part for several in parts for part in several], names, source)


def chosen_columns(given: Sequence[Any], names: Sequence[Any], source: str) -> set[Any]:
    """The columns that are given, each by its name or, where columns have none, by its number.

    Raises DataError as `given_columns` does.

    >>> chosen_columns([2], [0, 1, 2], "X")
    {2}
    """
    chosen = set[Any]()
    for column in given:
        if column not in names:
            known = ", ".join(map(str, names))
            raise DataError(f"{source} has no column {column!r} to be given: it has {known}.")
        if column in chosen:
            raise DataError(f"the column {column!r} is given twice: name each once.")
        chosen.add(column)
    if len(chosen) == len(names):
        raise DataError(f"all columns of {source} are given, so that none is left to model: give fewer.")
    return chosen


def without_probabilities(column: Column) -> Column:
    """The column as one that is given: without the steps, atoms and bounds by which it would be modelled."""
    return dataclasses.replace(column, step=None, atoms=(), low=None, high=None)


def is_file(entries: Sequence[str]) -> bool:
    """Whether entries are the name of one file, and not values."""
    return len(entries) == 1 and ("=" not in entries[0] or os.path.lexists(Path(entries[0])))


def written_values(entries: Iterable[str], given: Schema) -> dict[str, str]:
    """The texts of the values in name=value entries, of which one may hold several, with commas between them.

    A comma that no name of a column and = follow belongs to the value: it may be a decimal comma, or one in a
    category.

    Raises:
        DataError: what is given is none of the columns, or one is left out or given twice.

    >>> sex = Column("sex", "categorical", ("f", "m"))
    >>> written_values(["age=1,5,sex=m"], (Column("age", "numeric"), sex))
    {'age': '1,5', 'sex': 'm'}
    """
    names = [column.name for column in given]
    known = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    start = re.compile(rf"(?:^|,)\s*({known})\s*=")
    values: dict[str, str] = {}
    for entry in entries:
        starts = list(start.finditer(entry))
        if not starts or starts[0].start() > 0:
            raise _unknown(entry.partition("=")[0].strip(), names)
        ends = [found.start() for found in starts[1:]] + [len(entry)]
        for found, end in zip(starts, ends, strict=True):
            if found[1] in values:
                raise DataError(f"{found[1]!r} is given twice: give each column one value.")
            values[found[1]] = entry[found.end() : end].strip()
    for column in given:
        text = values.get(column.name)
        if text is None:
            raise DataError(
                f"the model is given {', '.join(names)} and --given says nothing of {column.name!r}: "
                f"add {column.name}=VALUE."
            )
        other = re.search(r",\s*([^,=]+)=", text)
        if other is not None and text not in column.categories:
            raise _unknown(other[1].strip(), names)
    return values


def _unknown(name: str, names: Sequence[str]) -> DataError:
    return DataError(
        f"the model is not given {name!r}: it is given {', '.join(names)}, as in --given {names[0]}=VALUE."
    )
