"""Columns of any container as NumPy's numbers and truth values, Python's texts, or pandas categoricals."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def plain_types(frame: "pd.DataFrame") -> "pd.DataFrame":
    """The frame with Arrow's columns, texts, dictionaries and decimals too, as those of NumPy and pandas.

    Missing values stay missing.
    """
    import pandas as pd

    columns = [_plain(frame.iloc[:, i]) for i in range(frame.shape[1])]
    if all(new is old for new, old in columns):
        return frame
    return pd.concat([new for new, _ in columns], axis=1).set_axis(frame.columns, axis=1)


def _plain(series: "pd.Series") -> tuple["pd.Series", "pd.Series"]:
    """(the column with a plain type, the column)."""
    import pandas as pd
    import pyarrow as pa

    dtype = series.dtype
    new = series
    if isinstance(dtype, pd.ArrowDtype):
        values = pa.array(series).to_pandas() if len(series) else series.astype(object)
        new = values.set_axis(series.index).rename(series.name)
        if pa.types.is_decimal(dtype.pyarrow_dtype):
            new = new.astype(np.float64)
    elif dtype == np.float16:
        new = series.astype(np.float32)
    elif isinstance(dtype, pd.StringDtype):
        new = series.astype(object).where(series.notna(), None)
    return new, series
