"""Cells of a table that are missing: refused, or kept as gaps."""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from surjax.data.faults import Faults
from surjax.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Missing = Literal["refuse", "model"]
"""What is done with a missing cell: it is refused, or it is NaN among the values, which a model takes."""

OPTION = '--missing model (in Python missing="model")'
"""How the second is asked for."""


def note_gaps(
    frame: "pd.DataFrame", name: str, faults: Faults, missing: Missing, trained: bool = False
) -> None:
    """Take note of infinite cells, which no model can take, and of missing ones where they are refused.

    Args:
        frame: the columns.
        name: the file or set they are from.
        faults: what is done with such cells.
        missing: what is done with missing ones.
        trained: whether there is a model already, whose training refused them.
    """
    gaps = frame.isna().to_numpy(copy=True)
    infinite = np.zeros_like(gaps)
    for i, (_, series) in enumerate(frame.items()):
        if series.dtype.kind == "f":
            infinite[:, i] = np.isinf(series.to_numpy(np.float64, na_value=np.nan))
    refused = infinite if missing == "model" else gaps | infinite
    count = int(refused.sum())
    kind = "infinite" if missing == "model" else "missing or infinite"
    remedy = "fill them in or leave those rows out"
    if missing == "refuse" and gaps.any():
        model = "train a model that takes gaps by" if trained else "model the gaps by"
        remedy = f"fill them in, leave those rows out, or {model} {OPTION}"
    faults.note(
        np.any(refused, axis=1),
        lambda row: (
            f"{name} has {count} {kind} value{'s' if count > 1 else ''}, the first in row "
            f"{row + 1} of column {frame.columns[int(np.argmax(refused[row]))]!r}"
        ),
        remedy,
    )


def note_empty_rows(values: np.ndarray, name: str, faults: Faults) -> None:
    """Take note of rows without any cell: of nothing there is no likelihood that could be told."""
    faults.note(
        np.isnan(values).all(1) & ~faults.rows,
        lambda row: f"row {row + 1} of {name} has no value in any column",
        "leave such rows out",
    )


def require_some(series: "pd.Series", name: str) -> None:
    """DataError where no cell of a column is present."""
    if not series.notna().any():
        raise DataError(
            f"column {series.name!r} of {name} has no value in any row, so there is nothing to model: leave "
            "it out."
        )


def present_cells(series: "pd.Series", spelled: "pd.Series | None" = None) -> "pd.Series":
    """The cells of a column that are present, of the type that the column would have without gaps.

    Beside a gap pandas keeps whole numbers as floats, and truth values as objects: floats that are all whole
    are integers, but where a text file spells some with a decimal sign.

    Args:
        series: the column.
        spelled: how a file of text spells it.

    >>> import pandas as pd
    >>> present_cells(pd.Series([3.0, None, 4.0])).tolist(), present_cells(pd.Series([3.5, None])).tolist()
    ([3, 4], [3.5])
    """
    import pandas as pd

    present = series.notna()
    held: Any = series[present]
    if present.all():
        return held
    if held.dtype == object:
        return held.infer_objects()
    if isinstance(held.dtype, pd.CategoricalDtype) or held.dtype.kind in "mM":
        return held
    if pd.api.types.is_extension_array_dtype(held.dtype):  # Int64, boolean: their gaps are marked
        return held.astype(held.dtype.numpy_dtype) if hasattr(held.dtype, "numpy_dtype") else held
    if held.dtype.kind != "f":
        return held
    texts: Any = None if spelled is None else spelled[present]
    decimals = texts is not None and texts.str.contains(r"[.,eE]").any()
    whole = not decimals and bool(((held == np.floor(held)) & (held.abs() < 2**53)).all())
    return held.astype(np.int64) if whole else held
