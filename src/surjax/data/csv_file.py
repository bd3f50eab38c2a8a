"""CSV files as people have them: their delimiter, their header, and what does not belong to the table."""

import csv
import gzip
import io
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from surjax.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_DELIMITERS = ",;\t|"
_LOOKED_AT = 200
"""How many rows the delimiter and the header are found out from."""


class CsvFrames(NamedTuple):
    """A CSV as columns of numbers, texts and truth values, and the same columns as they are spelled.

    named: whether the file names its columns.
    """

    typed: "pd.DataFrame"
    spelled: "pd.DataFrame"
    named: bool


def read_csv(path: Path) -> CsvFrames:
    """Read a .csv or .tsv, or one that gzip packed.

    The delimiter (comma, semicolon, tab or |) is that by which most rows have equally many fields, two or
    more. Titles and comments above the first such row are no part of the table, nor is a last column without
    a name or a value, nor a first column without a name, which holds row labels, nor blanks round fields. A
    first row of numbers is no header. With another delimiter than the comma, numbers may have a decimal
    comma. A warning tells which lines and columns were left out, and of the decimal comma.

    Raises:
        DataError: it is empty, no text in UTF-8, or some row has more fields than the first.
    """
    import pandas as pd

    try:
        text = _text(path)
        layout = _layout(path, text)
        options = layout.options
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            spelled = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, **options)
            typed = pd.read_csv(io.StringIO(text), low_memory=False, decimal=layout.decimal, **options)
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not text in UTF-8: save it as a CSV in UTF-8.") from error
    except (EOFError, gzip.BadGzipFile) as error:
        raise DataError(f"cannot read {path}: it is damaged or cut short; write it again.") from error
    except (pd.errors.ParserError, pd.errors.ParserWarning, csv.Error) as error:
        raise DataError(
            f"{path} cannot be read as a CSV, because some row has more fields than the first one or "
            f"a quote is not closed ({_first_line(error)}): correct the file."
        ) from error
    frames = [typed, spelled]
    frames = [frame.set_axis([str(name).strip() for name in frame.columns], axis=1) for frame in frames]
    spelled = frames[1].apply(lambda series: series.str.strip())
    empty = layout.trailing and (spelled.iloc[:, -1] == "").all()
    told = [*layout.told, *(["an empty last column is left out"] if empty else [])]
    if told:
        warnings.warn(f"{path}: {'; '.join(told)}.", stacklevel=5)
    if empty:
        return CsvFrames(frames[0].iloc[:, :-1], spelled.iloc[:, :-1], layout.named)
    return CsvFrames(frames[0], spelled, layout.named)


class _Layout(NamedTuple):
    """options: for pandas. decimal: its sign. trailing: whether the last name is empty. told: remarks."""

    options: dict[str, Any]
    decimal: str
    named: bool
    trailing: bool
    told: list[str]


def _text(path: Path) -> str:
    packed = path.suffix.lower() == ".gz"
    with gzip.open(path, "rb") if packed else path.open("rb") as file:
        return file.read().decode("utf-8-sig")


def _layout(path: Path, text: str) -> _Layout:
    found = [_rows(text, delimiter) for delimiter in _DELIMITERS]
    if not any(any(field.strip() for field in row) for row in found[0]):
        raise DataError(f"{path} is empty: give a file with at least two rows.")
    best = max(range(len(_DELIMITERS)), key=lambda i: _evenness(found[i]))
    delimiter, rows = _DELIMITERS[best], found[best]
    width = _usual_width(rows)
    first = next((i for i, row in enumerate(rows) if not _is_preamble(row, width)), 0)
    told = [f"{first} lines above the header are left out"] if any(map(any, rows[:first])) else []
    header, body = rows[first], rows[first + 1 :]
    commas = delimiter != "," and any(
        _is_number(field.replace(",", ".")) and "," in field for field in _fields(body)
    )
    if commas:
        told.append("numbers have a decimal comma")
    options: dict[str, Any] = {"sep": delimiter, "index_col": False, "skipinitialspace": True}
    options["skiprows"] = _lines(text, delimiter, first)
    decimal, trailing = "," if commas else ".", not header[-1].strip() and len(header) > 1
    if all(_is_number(field.replace(",", ".") if commas else field) for field in header):
        options |= {"header": None, "names": [f"x{i}" for i in range(len(header))]}
        return _Layout(options, decimal, False, False, told)
    if len(header) > 1 and not header[0].strip():
        options["index_col"] = 0  # as pandas writes row labels
    return _Layout(options, decimal, True, trailing, told)


def _is_preamble(row: list[str], width: int) -> bool:
    """Whether a row is a title, one field where others have several, or a comment, which begins with "# "."""
    return (len(row) == 1 < width) or row[0].startswith("# ")


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """The first rows, without those that are empty."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True)
    rows = []
    for row in reader:
        if row:
            rows.append(row)
        if len(rows) == _LOOKED_AT:
            break
    return rows


def _lines(text: str, delimiter: str, rows: int) -> int:
    """How many lines of the text the first rows take."""
    reader, seen = csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True), 0
    before = 0
    for row in reader:
        if row and seen == rows:
            return before
        seen += bool(row)
        before = reader.line_num
    return before


def _usual_width(rows: list[list[str]]) -> int:
    return Counter(map(len, rows)).most_common(1)[0][0]


def _evenness(rows: list[list[str]]) -> tuple[bool, float, int]:
    """How well a delimiter fits: two fields or more, the share of rows with equally many, and how many."""
    if not rows:
        return False, 0.0, 0
    width, count = Counter(map(len, rows)).most_common(1)[0]
    return width > 1, count / len(rows), width


def _fields(rows: list[list[str]]) -> list[str]:
    return [field for row in rows for field in row]


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].removeprefix("Error tokenizing data. C error: ")
