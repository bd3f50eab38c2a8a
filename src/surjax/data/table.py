"""Tables: the rows that a model is trained on or scores."""

import dataclasses
import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from surjax.data.column import Column, Schema
from surjax.data.csv_file import USUAL, Dialect
from surjax.data.dataset import DataSet
from surjax.data.encoding import constant, describe, encode, with_spread
from surjax.data.export import to_frame
from surjax.data.faults import Faults
from surjax.data.formats import RawTable, raw_from_array, read_raw
from surjax.data.given import given_columns, without_probabilities
from surjax.data.missing import Missing, note_empty_rows, note_gaps, present_cells, require_some
from surjax.data.plain_types import plain_types
from surjax.data.spelled import as_declared
from surjax.data.stored import stored_type
from surjax.data.table_form import TableForm
from surjax.data.times import TimeType, numbers_of_times
from surjax.data.told import told_outliers
from surjax.data.toy import ToyDensity
from surjax.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


@dataclasses.dataclass(frozen=True, eq=False)
class Table(DataSet):
    """Rows of numbers and what their columns mean.

    Attributes:
        name: the set or file it is from.
        values: (rows, columns) float64, or float32; categories are their codes 0 … K − 1.
        schema: what each column holds, in the order of `values`. It is stored with a model.
        toy: the density that the rows were drawn from, where it is known.
        dialect: how the CSV that it is from is written.
        gaps: whether cells may be missing, whose values are NaN.
        given_at: the places of the columns that are given among all (see `conditioned`).

    Rows of a file that was not read strictly may be unusable: all of their values are NaN.
    """

    values: np.ndarray
    schema: Schema
    toy: ToyDensity | None = None
    dialect: Dialect = USUAL
    gaps: bool = False
    given_at: tuple[int, ...] = ()

    @property
    def form(self) -> TableForm:
        """The schema, as what a row is, what is given, and whether cells may be missing."""
        return TableForm(self.schema, self.given, self.given_at, self.gaps)

    @property
    def truth(self) -> ToyDensity | None:
        """The density that the rows were drawn from, where it is known; of rows given some columns it is
        not."""
        return self.toy if self.context is None else None

    @property
    def found(self) -> dict[str, Any]:
        """The delimiter and the decimal sign of the CSV that it is from, where they are unusual."""
        return {"delimiter": self.dialect.delimiter, "decimal": self.dialect.decimal}

    @property
    def usable(self) -> np.ndarray:
        """(rows,) whether a model can take a row: each of its cells, or some where others may be missing."""
        absent = np.isnan(self.values)
        unusable = absent.all(1) if self.gaps else absent.any(1)
        if self.context is not None:
            unusable = np.logical_or(unusable, np.isnan(self.context).any(1))
        return np.logical_not(unusable)

    def without_empty_rows(self) -> "Table":
        """Return it without the rows of which no cell is present; a warning tells how many there are."""
        empty = np.isnan(self.values).all(1)
        if not empty.any():
            return self
        count = int(empty.sum())
        warnings.warn(
            f"{self.name}: {count} of {len(self)} rows {'has' if count == 1 else 'have'} no value in any "
            f"column, the first of them row {int(np.argmax(empty)) + 1}: left out.",
            stacklevel=3,
        )
        return self.take(np.flatnonzero(~empty))

    def take(self, rows: np.ndarray) -> "Table":
        """Return the table of some rows, given by their numbers."""
        context = None if self.context is None else self.context[rows]
        return dataclasses.replace(self, values=self.values[rows], context=context)

    def conditioned(self, given: Sequence[str], like: Schema = ()) -> "Table":
        """The table of which these columns are given, in the order of the file, and the others modelled.

        What is given has no probability, so that its steps, atoms and bounds are left out. `like` makes no
        difference: the columns of a model are told when a table is read.

        Raises:
            DataError: there is no such column, one is named twice, or none would be left to model; or cells
                may be missing.

        >>> import pandas as pd
        >>> table = Table.from_frame(pd.DataFrame({"x": [1.5, 2.5], "y": [0.1, 0.7], "z": [3.5, 4.2]}))
        >>> given_y = table.conditioned(["y"])
        >>> given_y.values.tolist(), given_y.context.tolist(), given_y.form.names
        ([[1.5, 3.5], [2.5, 4.2]], [[0.1], [0.7]], ['x', 'z'])
        """
        if self.gaps:
            raise DataError(
                f"{self.name}: columns are given and cells may be missing, which no model takes together: "
                "leave out what is given (--given), or the gaps (--missing model)."
            )
        names = [column.name for column in self.schema]
        chosen = given_columns(given, names, self.name)
        at = tuple(i for i, name in enumerate(names) if name in chosen)
        rest = [i for i in range(len(names)) if i not in at]
        return dataclasses.replace(
            self,
            values=self.values[:, rest],
            schema=tuple(self.schema[i] for i in rest),
            context=self.values[:, at],
            given=tuple(without_probabilities(self.schema[i]) for i in at),
            given_at=at,
        )

    def to_frame(self) -> "pd.DataFrame":
        """Return it as a data frame with whole integers and the names of the categories."""
        return to_frame(self.values, self.schema)

    @classmethod
    def from_frame(cls, frame: "pd.DataFrame", name: str = "the table", **options: Any) -> "Table":
        """Take a data frame; the options and errors are those of `read_table`.

        >>> import pandas as pd
        >>> frame = pd.DataFrame({"size": [1.5, 2.5, 0.5], "colour": ["red", "blue", "red"]})
        >>> table = Table.from_frame(frame)
        >>> table.schema[1].categories
        ('blue', 'red')
        >>> table.values[:, 1].tolist()
        [1.0, 0.0, 1.0]
        """
        return build_table(RawTable(frame, named=True), name, **options)

    @classmethod
    def from_array(cls, values: np.ndarray, name: str = "the array", **options: Any) -> "Table":
        """Take an array (rows, columns); the options and errors are those of `read_table`."""
        return build_table(raw_from_array(values, name), name, **options)


def read_table(
    path: str | os.PathLike,
    *,
    schema: Schema | None = None,
    columns: Sequence[str] | None = None,
    kinds: Mapping[str, str] | None = None,
    array: str | None = None,
    dtype: Any = np.float32,
    strict: bool = True,
    dialect: Dialect = USUAL,
    missing: Missing = "refuse",
) -> Table:
    """Read a table from a .csv, .tsv, .jsonl, .xlsx, .parquet, .npy or .npz file.

    Args:
        path: the file.
        schema: the columns that a model was trained on. They are then found by name, or by their order
            in a file without names, and categories get the codes that they had in training. Without
            it, the kinds are inferred: floats are numeric, integers integer, text and booleans
            categorical.
        columns: the columns to take, in this order; all without it.
        kinds: the kind of some columns, by name, where it is not what would be inferred.
        array: which array of an .npz to take.
        dtype: float32 or float64, of a schema without shifts, as that of a run of an older version is; the
            values are float64 otherwise, and a model shifts and scales them before it computes.
        strict: whether a row with a cell that is missing, or is not what the schema says, is refused, as it
            is always without a schema. Otherwise its values are NaN, and a warning tells how many such rows
            there are and what is wrong with the first.
        dialect: the delimiter and the decimal sign of a CSV, where they are not to be found out.
        missing: what is done with a missing cell: "refuse", or "model" for NaN in its place, of which models
            of tables with gaps take account (see `Imputed`). Of a row that is not read strictly some cell
            must be present.

    Raises:
        DataError: the file cannot be read; a column is missing or unknown, is constant or holds text
            among numbers; a value is missing, infinite, too large or no known category; the columns are
            not those of the schema; or, without a schema, there are fewer than two rows.
    """
    raw = read_raw(path, array, dialect)
    options: Any = {"columns": columns, "kinds": kinds, "dtype": dtype, "strict": strict, "missing": missing}
    return build_table(raw, str(path), schema=schema, **options)


def build_table(
    raw: RawTable,
    name: str,
    *,
    schema: Schema | None = None,
    columns: Sequence[str] | None = None,
    kinds: Mapping[str, str] | None = None,
    known: Mapping[str, Column] | None = None,
    dtype: Any = np.float32,
    strict: bool = True,
    missing: Missing = "refuse",
) -> Table:
    """Encode what a file holds: the common end of all the ways to a table.

    Args:
        raw: the columns as they were read.
        name: the file or set they are from.
        schema: see `read_table`, as for the other options.
        columns: see there.
        kinds: see there.
        known: columns whose description is known beforehand and need not be inferred.
        dtype: see there.
        strict: see there.
        missing: see there.

    Raises:
        DataError: see there.
    """
    kinds, gaps = kinds or {}, missing == "model"
    if schema is not None and kinds:
        raise DataError(f"the kinds of the columns of {name} are those of the model: leave them out.")
    frame = plain_types(_select(raw.frame, columns, name))
    spelled = None if raw.spelled is None else _select(raw.spelled, columns, name)
    if schema is not None:
        _tell_left_out(frame, schema, raw.named, name)
        frame = _match(frame, schema, raw.named, name)
        spelled = None if spelled is None else _match(spelled, schema, raw.named, name)
        known = {column.name: column for column in schema}
    _check_known(kinds, frame, name)
    _check_rows(frame, 1 if schema is not None else 2, name)
    faults = Faults(len(frame), strict or schema is None)
    if spelled is not None:
        declared = {column: found.kind for column, found in (known or {}).items()} | dict(kinds)
        frame = as_declared(frame, spelled, declared, name, faults, raw.dialect.decimal or ".", gaps)
    note_gaps(frame, name, faults, missing, trained=schema is not None)
    rescaled = schema is None or any(column.shift is not None for column in schema)
    described, values = [], np.empty(frame.shape, np.float64 if rescaled else dtype)
    for i, column_name in enumerate(frame.columns):
        series = frame.iloc[:, i]
        column = None if column_name in kinds else (known or {}).get(column_name)
        times = None if column is None else TimeType.of(column.stored)
        if times is not None or (column is None and kinds.get(column_name) != "categorical"):
            series, times = numbers_of_times(series, times, name, faults)
        inferred = column is None
        if schema is None:
            require_some(series, name)
        held = _present(series, times, None if spelled is None else spelled.iloc[:, i]) if gaps else series
        column = column or describe(held, kinds.get(column_name), name)
        values[:, i] = encode(series, column, values.dtype, name, faults)
        known_values = values[~np.isnan(values[:, i]), i] if gaps else values[:, i]
        if inferred and np.all(known_values == known_values[0]):
            raise constant(column_name, held.iloc[0], name)
        if schema is None:
            typed = held if series.dtype == object else series
            stored = stored_type(typed) if times is None else str(times)
            column = dataclasses.replace(with_spread(column, known_values), stored=stored)
        described.append(column)
    values[np.isnan(values)] = np.nan  # one NaN of all that there are, for the fingerprint
    if gaps and schema is not None and not strict:
        note_empty_rows(values, name, faults)
    values[faults.rows] = np.nan
    if schema is None and (far := told_outliers(values, tuple(described))) is not None:
        warnings.warn(f"{name}: {far}; look whether that is meant.", stacklevel=3)
    if (told := faults.told(name)) is not None:
        warnings.warn(told, stacklevel=3)
    return Table(name, values, tuple(described), dialect=raw.dialect, gaps=gaps)


def _present(series: "pd.Series", times: TimeType | None, spelled: "pd.Series | None") -> "pd.Series":
    """The cells that are present; of times, whole days are integers and others floats, as without gaps."""
    if times is None:
        return present_cells(series, spelled)
    return present_cells(series) if times.unit == "days" else series.dropna()


def _select(frame: "pd.DataFrame", columns: Sequence[str] | None, name: str) -> "pd.DataFrame":
    """Return the chosen columns of a frame, with text for names and rows numbered from 0."""
    frame = frame.set_axis([str(column) for column in frame.columns], axis=1).reset_index(drop=True)
    if columns is not None:
        _check_known(columns, frame, name)
        frame = frame.loc[:, list(columns)]
    repeated = frame.columns[frame.columns.duplicated()]
    if len(repeated):
        raise DataError(f"{name} has the column {repeated[0]!r} twice: take or name each once.")
    if len(frame.columns) == 0:
        raise DataError(f"{name} has no columns: at least one must be there.")
    return frame


def _match(frame: "pd.DataFrame", schema: Schema, named: bool, name: str) -> "pd.DataFrame":
    """Return the frame's columns in the order of the schema: found by name, or by order without."""
    wanted, held = [column.name for column in schema], list(frame.columns)
    if named and set(wanted) < set(held):
        return frame.loc[:, wanted]  # the others are told in `_tell_left_out`
    if len(held) != len(wanted):
        raise DataError(
            f"{name} has {_columns(len(held))}{f' ({_listed(held)})' if named else ''} but the model was "
            f"trained on {len(wanted)} ({_listed(wanted)}): give it these columns and no others."
        )
    if not named:
        return frame.set_axis(wanted, axis=1)
    missing = [column for column in wanted if column not in held]
    if missing:
        raise DataError(
            f"{name} has the columns {_listed(held)} but not {_listed(missing)}, which the model was "
            "trained on: name the columns as in the training data."
        )
    return frame.loc[:, wanted]


def _tell_left_out(frame: "pd.DataFrame", schema: Schema, named: bool, name: str) -> None:
    """Warn of columns that a model does not know, where all that it knows are there."""
    wanted = {column.name for column in schema}
    others = [column for column in frame.columns if column not in wanted]
    if named and others and wanted <= set(frame.columns):
        warnings.warn(f"{name}: left out what the model does not know: {_listed(others)}.", stacklevel=4)


def _check_known(columns: Iterable[str], frame: "pd.DataFrame", name: str) -> None:
    for column in columns:
        if column not in frame.columns:
            raise DataError(f"{name} has no column {column!r}: it has {_listed(frame.columns)}.")


def _check_rows(frame: "pd.DataFrame", least: int, name: str) -> None:
    if len(frame) < least:
        held = "one row" if len(frame) == 1 else "no rows"
        raise DataError(f"{name} has {held}, but {'two' if least == 2 else 'one'} or more are needed.")


def _columns(number: int) -> str:
    return "1 column" if number == 1 else f"{number} columns"


def _listed(names: Iterable[str], most: int = 8) -> str:
    names = list(names)
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")
