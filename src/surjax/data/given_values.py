"""The values of what a conditional model is given, read as the columns of its training data were."""

import warnings
from collections.abc import Sequence

import numpy as np

from surjax.data.column import Column
from surjax.data.csv_file import Dialect
from surjax.data.form import Form
from surjax.data.formats import RawTable
from surjax.data.given import is_file, written_values
from surjax.data.table import build_table, read_table
from surjax.data.times import TimeType
from surjax.errors import ConfigError, DataError

MOST = 8
"""How many categories a message names."""


def read_given(form: Form, entries: Sequence[str], decimal: str = ".") -> np.ndarray:
    """(rows, given) what a model is given, categories by their codes.

    Args:
        form: what an example of the model's is; its `given` are the columns.
        entries: name=value, one or several with commas between them, which make one row; or a table's file,
            with a row for each and columns of those names. The label of images may be its number, and "each"
            for every class in turn.
        decimal: the decimal sign where a text leaves open which it is.

    Raises:
        ConfigError: the model is given nothing, or there are no entries.
        DataError: the columns are not those that the model is given, or a value cannot be read.

    >>> from surjax.data import Column, TableForm
    >>> given = (Column("age", "numeric"), Column("sex", "categorical", ("f", "m")))
    >>> form = TableForm((Column("height", "numeric"),), given, (0, 1))
    >>> read_given(form, ["sex=m,age=1.5"]).tolist()
    [[1.5, 1.0]]
    """
    require_given(form, bool(entries))
    if is_file(entries):
        dialect = Dialect(otherwise=decimal)
        return read_table(entries[0], schema=form.given, dtype=np.float64, dialect=dialect).values
    rows = [written_values(row, form.given) for row in form.rows_meant(entries)]
    columns = form.given
    return np.array([[_number(column, row[column.name], decimal) for column in columns] for row in rows])


def require_given(form: Form, values: bool) -> None:
    """ConfigError where values are given to a model that takes none, or none to one that takes some."""
    if values and not form.given:
        raise ConfigError(
            "the model is given nothing, since it was trained without --given: leave --given out, or train "
            "one with it."
        )
    if form.given and not values:
        names = [column.name for column in form.given]
        raise ConfigError(
            f"the model is conditional on {', '.join(names)}: say their values by --given "
            f"{','.join(f'{name}=VALUE' for name in names)}, or give a file with a row for each."
        )


def _number(column: Column, text: str, decimal: str) -> float:
    """A value as the table's own code reads it."""
    import pandas as pd

    frame = pd.DataFrame({column.name: [text]}, dtype=object)
    raw = RawTable(frame, True, frame, Dialect(decimal=decimal))
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            table = build_table(raw, "--given", schema=(column,), dtype=np.float64)
    except DataError as error:
        if column.kind == "categorical":
            known = ", ".join(column.categories[:MOST]) + ", …" * (len(column.categories) > MOST)
            why = f"none of its categories: choose one of {known}"
        elif (times := TimeType.of(column.stored)) is not None:
            why = f"none of its values ({times.told}): write it as in the training data"
        else:
            what = "whole number" if column.kind == "integer" else "number"
            why = f"no {what} that could be taken: write it as in the training data"
        raise DataError(f"{column.name} is given as {text!r}, which is {why}.") from error
    number = float(table.values[0, 0])
    if told:
        warnings.warn(f"--given: {column.name}={text} is read as {number:g}.", stacklevel=3)
    return number
