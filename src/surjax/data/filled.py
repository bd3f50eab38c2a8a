"""A file whose missing cells are filled in, all others being as they were."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from surjax.data.column import Schema
from surjax.data.export import to_frame, write_frame
from surjax.data.formats import RawTable
from surjax.data.whole_numbers import within_range
from surjax.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

IMPUTATION = "imputation"
"""The column that counts the imputations from 1, where there are several."""


def write_filled(
    path: str | os.PathLike, raw: RawTable, values: np.ndarray, drawn: np.ndarray, schema: Schema
) -> int:
    """Write a table with its gaps filled in; how many whole numbers were moved into their column's range.

    Present cells, columns that the model does not know among them, are written as they were read: those of a
    text file into another one as they were spelled, with its delimiter and its decimal sign. Where there are
    several imputations the whole table is written as often, one under the other, and a first column,
    imputation, counts them from 1.

    Args:
        path: the file.
        raw: what was read.
        values: (rows, columns) the cells as numbers, in the order of the schema; missing ones are NaN.
        drawn: (imputations, rows, columns) the same with the gaps filled.
        schema: what each column holds.

    Raises:
        DataError: the type of file is unknown or cannot hold the columns, or the table has a column
            imputation and there are several.
        SurjaxError: it cannot be written.
    """
    import pandas as pd

    suffix = Path(path).suffix.lower()
    spelled = raw.spelled is not None and suffix in (".csv", ".tsv")
    base = raw.spelled if spelled and raw.spelled is not None else raw.frame
    base = base.set_axis([str(name) for name in base.columns], axis=1).reset_index(drop=True)
    names = [column.name for column in schema] if raw.named else list(base.columns)
    missing = np.isnan(values)
    frames, moved = [], 0
    for one in drawn:
        inside, _ = within_range(one, schema)
        moved += int((inside != one)[missing].sum())
        found = to_frame(np.where(missing, inside, values), schema)
        frame = base.copy()
        for i, name in enumerate(names):
            column: Any = base[name]
            if missing[:, i].any():
                cells = _spelled(found.iloc[:, i], raw) if spelled else found.iloc[:, i]
                frame[name] = _merged(column, cells, missing[:, i])
        frames.append(frame)
    if len(frames) == 1:
        whole = frames[0]
    else:
        if IMPUTATION in base.columns:
            raise DataError(
                f"the table has a column {IMPUTATION!r} of its own, by which several imputations would be "
                "told apart: draw one, or rename it."
            )
        whole = pd.concat(frames, ignore_index=True)
        whole.insert(0, IMPUTATION, np.repeat(np.arange(1, len(frames) + 1), len(base)))
    delimiter = raw.dialect.delimiter if spelled and suffix == ".csv" else None
    write_frame(path, whole, delimiter=delimiter, header=raw.named or len(frames) > 1 or not spelled)
    return moved


def _spelled(cells: "pd.Series", raw: RawTable) -> "pd.Series":
    """Cells as texts, with the decimal sign of the file."""
    texts = cells.map(str)
    decimal = raw.dialect.decimal
    return texts if decimal is None or cells.dtype.kind != "f" else texts.str.replace(".", decimal)


def _merged(base: "pd.Series", filled: "pd.Series", missing: np.ndarray) -> "pd.Series":
    """A column with its gaps filled, of the type that it had where the new cells are of it."""
    import pandas as pd

    if isinstance(base.dtype, pd.CategoricalDtype):
        drawn = dict.fromkeys(filled[missing].tolist())
        unknown = [value for value in drawn if value not in base.cat.categories]
        base = base.cat.add_categories(unknown) if unknown else base
    cells: Any = base.astype(object)
    merged = cells.where(~missing, filled.astype(object))
    try:
        return merged.astype(base.dtype)
    except (ValueError, TypeError):
        return merged.infer_objects()
