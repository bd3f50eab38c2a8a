"""CSV files as people have them: their delimiter, their header, and what does not belong to the table."""

import csv
import io
import re
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from surjax.data.text_file import unpacked_text
from surjax.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_DELIMITERS = ",;\t|"
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "|"}
_COMMA = re.compile(r"[+-]?(?:\d*,(?!\d{3}$)\d+|0,\d+|\d{1,3}(?:\.\d{3})+,\d+)(?:[eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3},\d{3}")
_POINT = re.compile(r"[+-]?\d*(?:,\d{3})*\.(?!\d{3}$)\d+(?:[eE][+-]?\d+)?|[+-]?\d{1,3}(?:,\d{3}){2,}")
"""Numbers that have a decimal comma for certain, that have a comma of either kind, and that have none."""
_LOOKED_AT = 200
"""How many rows the delimiter and the header are found out from."""


class Dialect(NamedTuple):
    """How a CSV is written, where that is not as usual.

    delimiter: what divides fields, where it is no comma (of a .tsv no tab); None for that.
    decimal: the decimal sign where it is a comma; None for a point.
    otherwise: the decimal sign where the numbers of a file do not tell, as 1,234 does not: that of the data
        that a model was trained on. None where it has to be guessed.
    """

    delimiter: str | None = None
    decimal: str | None = None
    otherwise: str | None = None


USUAL = Dialect()
"""That of a CSV as its name says, and of a file of which nothing is known."""


class CsvFrames(NamedTuple):
    """A CSV as columns of numbers, texts and truth values, and the same columns as they are spelled.

    named: whether the file names its columns. dialect: how it is written.
    """

    typed: "pd.DataFrame"
    named: bool
    spelled: "pd.DataFrame"
    dialect: Dialect


def read_csv(path: Path, given: Dialect = USUAL) -> CsvFrames:
    """Read a .csv or .tsv, or one that gzip packed.

    The delimiter (comma, semicolon, tab or |) is that by which most rows have equally many fields, two or
    more. Titles and comments above the first such row are no part of the table, nor is a last column without
    a name or a value, nor a first column without a name, which holds row labels, nor blanks round fields. A
    first row of numbers is no header. With another delimiter than the comma, numbers may have a decimal
    comma. A warning tells of an unusual delimiter, a decimal comma, which lines and columns were left out,
    and an encoding that is not UTF-8.

    Args:
        path: the file.
        given: what is known of how it is written, and not to be found out.

    Raises:
        DataError: it is empty, no text, damaged, or some row has more fields than the first.
    """
    import pandas as pd

    told: list[str] = []
    text = unpacked_text(path, told)
    try:
        layout = _layout(path, text, given)
        options = layout.options
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            spelled = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, **options)
            typed = pd.read_csv(io.StringIO(text), low_memory=False, decimal=layout.decimal, **options)
    except (pd.errors.ParserError, pd.errors.ParserWarning, csv.Error) as error:
        raise DataError(
            f"{path} cannot be read as a CSV, because some row has more fields than the first one or "
            f"a quote is not closed ({_first_line(error)}): correct the file."
        ) from error
    frames = [typed, spelled]
    frames = [frame.set_axis([str(name).strip() for name in frame.columns], axis=1) for frame in frames]
    spelled = frames[1].apply(lambda series: series.str.strip())
    empty = layout.trailing and (spelled.iloc[:, -1] == "").all()
    told += [*layout.told, *(["an empty last column is left out"] if empty else [])]
    if told:
        warnings.warn(f"{path}: {'; '.join(told)}.", stacklevel=5)
    end = -1 if empty else None
    found = Dialect(
        None if layout.options["sep"] == _usual(path) else layout.options["sep"],
        None if layout.decimal == "." else layout.decimal,
    )
    return CsvFrames(frames[0].iloc[:, :end], layout.named, spelled.iloc[:, :end], found)


def _usual(path: Path) -> str:
    """The delimiter that a file's name says."""
    return "\t" if ".tsv" in "".join(path.suffixes[-2:]).lower() else ","


class _Layout(NamedTuple):
    """options: for pandas. decimal: its sign. trailing: whether the last name is empty. told: remarks."""

    options: dict[str, Any]
    decimal: str
    named: bool
    trailing: bool
    told: list[str]


def _layout(path: Path, text: str, given: Dialect) -> _Layout:
    delimiters = _DELIMITERS if given.delimiter is None else given.delimiter
    found = [_rows(text, delimiter) for delimiter in delimiters]
    if not any(any(field.strip() for field in row) for row in found[0]):
        raise DataError(f"{path} is empty: give a file with at least two rows.")
    best = max(range(len(delimiters)), key=lambda i: _evenness(found[i]))
    delimiter, rows = delimiters[best], found[best]
    width = _usual_width(rows)
    first = next((i for i, row in enumerate(rows) if not _is_preamble(row, width)), 0)
    told = []
    if delimiter != _usual(path) and width > 1:
        told.append(f"fields are divided by {_NAMES.get(delimiter, delimiter)}")
    if any(map(any, rows[:first])):
        lines = "1 line above the header is" if first == 1 else f"{first} lines above the header are"
        told.append(f"{lines} left out")
    header, body = rows[first], rows[first + 1 :]
    decimal = given.decimal or ("." if delimiter == "," else _decimal(_fields(body), given.otherwise))
    if decimal == ",":
        told.append("numbers have a decimal comma")
    options: dict[str, Any] = {"sep": delimiter, "index_col": False, "skipinitialspace": True}
    options["skiprows"] = _lines(text, delimiter, first)
    trailing = not header[-1].strip() and len(header) > 1
    if all(_is_number(field.replace(",", ".") if decimal == "," else field) for field in header):
        options |= {"header": None, "names": [f"x{i}" for i in range(len(header))]}
        return _Layout(options, decimal, False, False, told)
    if len(header) > 1 and not header[0].strip():
        options["index_col"] = 0  # as pandas writes row labels
    return _Layout(options, decimal, True, trailing, told)


def _decimal(fields: list[str], otherwise: str | None) -> str:
    """The decimal sign of numbers in fields that no comma divides.

    It is a comma where some number can only be one with that, as 0,5 and 1.234,5 are, and a point where some
    can only be one with that; or else `otherwise`, or a comma where some number has one that may stand
    between thousands too, as 1,234 does.
    """
    plain = [field.strip() for field in fields]
    if any(_COMMA.fullmatch(field) for field in plain):
        return ","
    if any(_POINT.fullmatch(field) for field in plain):
        return "."
    return otherwise or ("," if any(_THOUSANDS.fullmatch(field) for field in plain) else ".")


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
