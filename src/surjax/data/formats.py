"""Files on disk to data frames, before anything is known about what the columns mean.

Nothing is ever unpickled. A file that cannot be read is told in one sentence.
"""

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from surjax.data.archive import Archive, read_arrays
from surjax.data.csv_file import USUAL, Dialect, read_csv
from surjax.data.excel_file import read_excel
from surjax.data.text_file import unpacked_text
from surjax.errors import DataError
from surjax.json_text import json_from_text

if TYPE_CHECKING:
    import pandas as pd


@dataclasses.dataclass(frozen=True)
class RawTable:
    """What a file holds.

    Attributes:
        frame: its columns; missing values are NaN or None.
        named: whether the file names its columns, or they are called x0, x1, … here.
        spelled: of a file of text, the same columns as they are spelled, with "" for what is missing.
        dialect: how a CSV is written.
    """

    frame: "pd.DataFrame"
    named: bool
    spelled: "pd.DataFrame | None" = None
    dialect: Dialect = USUAL


def read_raw(
    path: str | os.PathLike,
    array: str | None = None,
    dialect: Dialect = USUAL,
) -> RawTable:
    """Read a .csv, .tsv, .jsonl, .xlsx, .parquet, .npy or .npz file; one of text may be packed as .gz.

    For CSVs see `surjax.data.csv_file.read_csv`. An .npz holds either one array (rows, columns),
    or several of which `array` names one, or one array (rows,) for each column.

    Args:
        path: the file.
        array: which array of an .npz to take.
        dialect: what is known of how a CSV is written.

    Raises:
        DataError: the file is missing, empty, a folder, of another kind, or damaged.
    """
    path = Path(path)
    suffix = "".join(path.suffixes[-2:]).lower() if path.suffix.lower() == ".gz" else path.suffix.lower()
    reader = _READERS.get(suffix)
    if not os.path.lexists(path):
        raise DataError(f"there is no file {path}: check the name and the folder.")
    if path.is_dir():
        raise DataError(f"{path} is a folder: give one file of type {', '.join(_READERS)}.")
    if reader is None:
        raise DataError(
            f"{path} ends in {suffix or 'nothing'!r}, which is not a known type of table: "
            f"give one of type {', '.join(_READERS)}."
        )
    if array is not None and suffix != ".npz":
        raise DataError(f"{path} is not an .npz, so it has no array {array!r} to choose.")
    try:
        if path.stat().st_size == 0:
            raise DataError(f"{path} is empty: give a file with at least two rows.")
        return reader(path, Options(array, dialect))
    except OSError as error:  # pyarrow's errors about contents are OSErrors too, without a number
        reason = error.strerror or "it is damaged, cut short, or not of the type that its name says"
        raise DataError(f"cannot read {path}: {reason}.") from error


def raw_from_array(values: np.ndarray, name: str) -> RawTable:
    """Take an array (rows, columns) of numbers or text, or a structured array (rows,).

    Args:
        values: the array.
        name: what to call it in an error.

    Raises:
        DataError: it has another number of axes, or a type that is neither number nor text.
    """
    import pandas as pd

    values = np.asarray(values)
    if values.dtype.names is not None and values.ndim == 1:
        return RawTable(pd.DataFrame({field: values[field] for field in values.dtype.names}), True)
    if values.ndim != 2:
        raise DataError(
            f"{name} has shape {values.shape}, but a table has two axes, rows and columns: reshape it first."
        )
    if values.dtype.kind not in "biufUTOMm":
        raise DataError(f"{name} is of type {values.dtype}, but a table holds numbers or text.")
    return RawTable(pd.DataFrame(values, columns=[f"x{i}" for i in range(values.shape[1])]), False)


class Options(NamedTuple):
    """What is said of a file beside its path.

    array: which array of an .npz to take. dialect: what is known of how a CSV is written.
    """

    array: str | None
    dialect: Dialect


def _read_csv(path: Path, options: Options) -> RawTable:
    return RawTable(*read_csv(path, options.dialect))


def _read_json_lines(path: Path, options: Options) -> RawTable:
    import pandas as pd

    records = []
    for i, line in enumerate(unpacked_text(path).split("\n")):
        if not line.strip():
            continue
        try:
            record = json_from_text(line)
        except ValueError as error:
            raise DataError(
                f"line {i + 1} of {path} is no JSON ({_first_line(error)}): correct it."
            ) from error
        if not isinstance(record, dict):
            raise DataError(f"line {i + 1} of {path} is no JSON object: give one object a line.")
        records.append(record)
    return RawTable(pd.DataFrame.from_records(records), True)


def _read_excel(path: Path, options: Options) -> RawTable:
    return RawTable(read_excel(path), True)


def _read_parquet(path: Path, options: Options) -> RawTable:
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
        try:
            return RawTable(table.to_pandas(), True)
        except TypeError:  # pandas does not read again all types that it notes, such as Arrow's dictionaries
            labels = (table.schema.pandas_metadata or {}).get("index_columns", ())
            table = table.drop_columns([name for name in labels if name in table.column_names])
            return RawTable(table.to_pandas(ignore_metadata=True), True)
    except OSError as error:
        if error.errno is not None:
            raise
        raise DataError(
            f"cannot read {path}: it is damaged, cut short, or not a Parquet file; write it again."
        ) from error
    except (
        Exception
    ) as error:  # flipped bits of its metadata make pyarrow and pandas raise whatever they meet
        raise DataError(
            f"cannot read {path}: it is damaged, cut short, or not a Parquet file; write it again."
        ) from error


def _read_npy(path: Path, options: Options) -> RawTable:
    loaded = read_arrays(path)
    if isinstance(loaded, np.ndarray):
        return raw_from_array(loaded, str(path))
    return _choose(loaded, path, options.array)


def _choose(arrays: Archive, path: Path, array: str | None) -> RawTable:
    import pandas as pd

    if array is not None and array not in arrays:
        raise DataError(f"{path} has no array {array!r}: it has {', '.join(arrays) or 'none'}.")
    if array is None and len(arrays) == 1:
        (array,) = arrays
    if array is not None:
        return raw_from_array(arrays[array], f"array {array!r} of {path}")
    shapes = {header.shape for header in arrays.headers.values()}
    if len(shapes) == 1 and len(next(iter(shapes))) == 1:
        return RawTable(pd.DataFrame({name: arrays[name] for name in arrays}), True)
    raise DataError(f"{path} holds {len(arrays)} arrays ({arrays.told}): say which to take by its name.")


_Reader = Callable[[Path, Options], RawTable]
_READERS: dict[str, _Reader] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".csv.gz": _read_csv,
    ".tsv.gz": _read_csv,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
    ".jsonl.gz": _read_json_lines,
    ".ndjson.gz": _read_json_lines,
    ".xlsx": _read_excel,
    ".parquet": _read_parquet,
    ".npy": _read_npy,
    ".npz": _read_npy,
}


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].removeprefix("Error tokenizing data. C error: ")
