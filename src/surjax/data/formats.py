"""Files on disk to data frames, before anything is known about what the columns mean.

Nothing is ever unpickled. A file that cannot be read is told in one sentence.
"""

import csv
import dataclasses
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from surjax.data.archive import Archive, read_arrays
from surjax.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


@dataclasses.dataclass(frozen=True)
class RawTable:
    """What a file holds.

    Attributes:
        frame: its columns; missing values are NaN or None.
        named: whether the file names its columns, or they are called x0, x1, … here.
    """

    frame: "pd.DataFrame"
    named: bool


def read_raw(path: str | os.PathLike, array: str | None = None) -> RawTable:
    """Read a .csv, .tsv, .parquet, .npy or .npz file.

    A CSV whose first row is all numbers has no header; a first column without a name holds row labels
    and is left out. An .npz holds either one array (rows, columns),
    or several of which `array` names one, or one array (rows,) for each column.

    Args:
        path: the file.
        array: which array of an .npz to take.

    Raises:
        DataError: the file is missing, empty, a folder, of another kind, or damaged.
    """
    path = Path(path)
    suffix = path.suffix.lower()
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
        return reader(path, array)
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
    if values.dtype.kind not in "biufUTO":
        raise DataError(f"{name} is of type {values.dtype}, but a table holds numbers or text.")
    return RawTable(pd.DataFrame(values, columns=[f"x{i}" for i in range(values.shape[1])]), False)


def _read_csv(path: Path, array: str | None) -> RawTable:
    import pandas as pd

    try:
        options = _csv_options(path)
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(path, low_memory=False, **options)
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not text in UTF-8: save it as a CSV in UTF-8.") from error
    except (pd.errors.ParserError, pd.errors.ParserWarning, csv.Error) as error:
        raise DataError(
            f"{path} cannot be read as a CSV, because some row has more fields than the first one or "
            f"a quote is not closed ({_first_line(error)}): correct the file."
        ) from error
    return RawTable(frame, named="names" not in options)


def _csv_options(path: Path) -> dict[str, Any]:
    """Look at the first row for the delimiter, the header and a column of row labels."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        line = next((line for line in file if line.strip()), None)
    if line is None:
        raise DataError(f"{path} is empty: give a file with at least two rows.")
    delimiter = max(",;\t", key=line.count)
    first = next(csv.reader([line], delimiter=delimiter))
    options = {"sep": delimiter, "encoding": "utf-8-sig", "index_col": False}
    if all(map(_is_number, first)):
        return options | {"header": None, "names": [f"x{i}" for i in range(len(first))]}
    if len(first) > 1 and not first[0].strip():
        return options | {"index_col": 0}  # as pandas writes row labels
    return options


def _read_parquet(path: Path, array: str | None) -> RawTable:
    import pandas as pd

    try:
        return RawTable(pd.read_parquet(path, engine="pyarrow"), True)
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


def _read_npy(path: Path, array: str | None) -> RawTable:
    loaded = read_arrays(path)
    if isinstance(loaded, np.ndarray):
        return raw_from_array(loaded, str(path))
    return _choose(loaded, path, array)


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


_Reader = Callable[[Path, str | None], RawTable]
_READERS: dict[str, _Reader] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".parquet": _read_parquet,
    ".npy": _read_npy,
    ".npz": _read_npy,
}


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].removeprefix("Error tokenizing data. C error: ")
