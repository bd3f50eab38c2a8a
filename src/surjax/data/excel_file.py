"""Workbooks of spreadsheets (.xlsx)."""

import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surjax.errors import DataError
from surjax.memory import free_host_memory

if TYPE_CHECKING:
    import pandas as pd

_ROOM = 32
"""How many times as much memory as its XML a workbook takes."""


def read_excel(path: Path) -> "pd.DataFrame":
    """The first sheet of a workbook, its first row being the names of the columns.

    Columns without a name or a value are left out, of which a warning tells, as it does of other sheets.
    Texts are what they are, NA too; empty cells alone are missing.

    Raises:
        DataError: it is damaged or too large, or openpyxl is not installed.
    """
    import pandas as pd

    try:
        import openpyxl  # noqa: F401
    except ImportError as error:
        raise DataError(
            f"reading {path} needs openpyxl: pip install 'surjax[excel]', or save the sheet as a CSV."
        ) from error
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size * _ROOM > free_host_memory():
            raise DataError(
                f"{path} holds {size / 2**20:,.0f} MiB of XML, which the memory does not hold: save the "
                "sheet as a CSV."
            )
        kept: Any = {"dtype": object, "keep_default_na": False, "na_values": [""]}
        with warnings.catch_warnings(), pd.ExcelFile(path, engine="openpyxl") as book:
            warnings.simplefilter("ignore")  # openpyxl's, of styles that it does not know
            sheets = book.sheet_names
            frame: Any = book.parse(0, **kept)
    except (DataError, MemoryError):
        raise
    except Exception as error:  # damaged XML makes openpyxl raise whatever it meets
        raise DataError(f"cannot read {path}: it is damaged or no .xlsx; save it again.") from error
    blank = [column for column in frame if str(column).startswith("Unnamed: ") and frame[column].isna().all()]
    told = [f"the first of {len(sheets)} sheets is read, {sheets[0]!r}"] if len(sheets) > 1 else []
    told += ["empty columns without a name are left out"] if blank else []
    if told:
        warnings.warn(f"{path}: {'; '.join(told)}.", stacklevel=5)
    return frame.drop(columns=blank).infer_objects()
