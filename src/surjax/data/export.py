"""From a model's samples back to a data frame or a file."""

import dataclasses
import os
import zipfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from surjax.data.column import Column, Schema
from surjax.data.stored import as_stored
from surjax.errors import DataError, ShapeError
from surjax.files import write_atomically

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".tsv", ".parquet", ".npz", ".npy")


def to_frame(values: np.ndarray, schema: Schema) -> "pd.DataFrame":
    """Return values, for instance a model's samples, as a data frame.

    Integer columns are rounded to whole numbers, those of fixed decimals to these; what lies at an atom up to
    rounding is the atom, nothing lies outside of bounds, and categorical columns get the names of their
    categories back. Columns have the types that the training table stored them in, where their values fit.

    Args:
        values: (rows, columns).
        schema: what each column holds.

    Raises:
        ShapeError: the number of columns is not that of the schema.
        DataError: an integer is not finite or beyond 64 bits, or a code is not one of a column's categories.
    """
    import pandas as pd

    values = np.asarray(values)
    if values.ndim != 2 or values.shape[1] != len(schema):
        names = ", ".join(column.name for column in schema)
        raise ShapeError(
            f"values of shape {values.shape} do not fit the {len(schema)} columns {names}: "
            f"give an array (rows, {len(schema)})."
        )
    decoded = {
        column.name: as_stored(_decode(values[:, i], column), column.stored, column.categories)
        for i, column in enumerate(schema)
    }
    return pd.DataFrame(decoded)


def write_table(path: str | os.PathLike, values: np.ndarray, schema: Schema) -> None:
    """Write values as a .csv, .tsv, .parquet, .npz or .npy file, whole or not at all.

    An .npz or .npy holds the numbers (times in their unit) as one array (rows, columns), which the .npz calls
    "samples"; with categorical columns the .npz holds one array for each column instead, and an .npy cannot
    be written. `read_table` reads all of them back.

    Args:
        path: the file; an older one of that name is replaced.
        values: (rows, columns).
        schema: what each column holds.

    Raises:
        SurjaxError: the file cannot be written.
        DataError: its type is unknown, or cannot hold categories.
        ShapeError: the number of columns is not that of the schema.
    """
    suffix = Path(path).suffix.lower()
    plain = all(column.kind != "categorical" for column in schema)
    if plain and suffix in (".npz", ".npy"):
        schema = tuple(dataclasses.replace(column, stored=None) for column in schema)
    write_frame(path, to_frame(values, schema), plain=plain, dtype=np.asarray(values).dtype)


def write_frame(
    path: str | os.PathLike,
    frame: "pd.DataFrame",
    *,
    plain: bool | None = None,
    dtype: Any = None,
    delimiter: str | None = None,
    header: bool = True,
) -> None:
    """Write a data frame as `write_table` does a table.

    Args:
        path: the file; an older one of that name is replaced.
        frame: the columns.
        plain: whether an .npz or .npy holds them as one array of numbers; without it, where all are numbers.
        dtype: the type of that array; that which holds all columns without it.
        delimiter: of a .csv, where it is no comma.
        header: whether a text file names its columns.

    Raises:
        SurjaxError: the file cannot be written.
        DataError: its type is unknown, or cannot hold the columns.
    """
    suffix = Path(path).suffix.lower()
    if plain is None:
        plain = all(getattr(dtype, "kind", "O") in "iuf" for dtype in frame.dtypes)
    if suffix not in SUFFIXES:
        raise DataError(
            f"{path} ends in {suffix or 'nothing'!r}, which is not a known type of table: "
            f"write one of {', '.join(SUFFIXES)}."
        )
    if suffix == ".npy" and not plain:
        raise DataError(f"{path} cannot hold text, which an .npy never does: write a .csv or .npz.")
    with write_atomically(path) as temporary:
        if suffix == ".parquet":
            frame.to_parquet(temporary, index=False)
        elif suffix in (".csv", ".tsv"):
            usual = "\t" if suffix == ".tsv" else ","
            frame.to_csv(temporary, index=False, na_rep="NaN", sep=delimiter or usual, header=header)
        else:
            with temporary.open("wb") as file:
                if not plain:
                    _write_npz(file, {str(name): _plain_array(column) for name, column in frame.items()})
                elif suffix == ".npz":
                    _write_npz(file, {"samples": frame.to_numpy(dtype)})
                else:
                    np.save(file, frame.to_numpy(dtype), allow_pickle=False)


def _write_npz(file: IO[bytes], arrays: dict[str, np.ndarray]) -> None:
    """Write as np.savez does, which cannot be given an array called "file" or "allow_pickle"."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _decode(values: np.ndarray, column: Column) -> np.ndarray:
    if column.kind == "numeric":
        return _in_place(values, column)
    whole = np.rint(values)
    if not np.isfinite(whole).all():
        raise DataError(f"column {column.name!r} holds values that are not finite, so not integers.")
    beyond = np.abs(whole) >= 2.0**63
    if beyond.any():
        raise DataError(
            f"column {column.name!r} holds {whole[beyond][0]:.6g}, which is no integer of 64 bits: "
            "leave such rows out, or make the column numeric."
        )
    codes = whole.astype(np.int64)
    if column.kind == "integer":
        return codes
    if codes.size and not 0 <= codes.min() <= codes.max() < len(column.categories):
        raise DataError(
            f"column {column.name!r} holds codes from {codes.min()} to {codes.max()} but has "
            f"{len(column.categories)} categories: codes go from 0 to {len(column.categories) - 1}."
        )
    return np.array(column.categories, dtype=object)[codes]


def _in_place(values: np.ndarray, column: Column) -> np.ndarray:
    """Numbers on the lattice of their column, at its atoms and within its bounds; float64 if it has any."""
    lattice, found = column.lattice, values
    if lattice is not None:
        found = lattice.nearest(values.astype(np.float64))
    elif column.decimals is not None:
        found = np.round(values.astype(np.float64), column.decimals) + 0.0
    if column.low is not None or column.high is not None:
        found = np.clip(found.astype(np.float64), column.low, column.high)
    for atom in column.atoms:
        slack = 4 * float(np.finfo(np.float32).eps) * abs(atom - (column.shift or 0.0))
        found = np.where(np.abs(values.astype(np.float64) - atom) <= slack, atom, found)
    return found


def _plain_array(series: "pd.Series") -> np.ndarray:
    """Return a column as an array that needs no pickle: text of fixed width, or numbers."""
    values = series.to_numpy()
    return values if values.dtype.kind in "iuf" else series.astype(str).to_numpy().astype(str)
