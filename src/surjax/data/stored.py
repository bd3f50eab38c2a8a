"""The types in which the columns of a training table were stored, and samples that have them again."""

from typing import TYPE_CHECKING, Any

import numpy as np

from surjax.data.times import TimeType, times_of_numbers

if TYPE_CHECKING:
    import pandas as pd

_USUAL = ("int64", "float64", "object", "str", "string")
"""What samples are stored as without being told."""


def stored_type(series: "pd.Series") -> str | None:
    """The type of a column in words, where it is none that its kind has by itself.

    That of pandas categoricals has the type of the categories too, and whether they have an order.

    >>> import pandas as pd
    >>> stored_type(pd.Series([1, 2], dtype="int16")), stored_type(pd.Series(["a"], dtype="category"))
    ('int16', 'category[object]')
    """
    import pandas as pd

    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        inner = "object" if pd.api.types.is_string_dtype(dtype.categories.dtype) else dtype.categories.dtype
        return f"category[{inner}]{' ordered' if dtype.ordered else ''}"
    name = str(dtype)
    return None if name in _USUAL else name


def as_stored(values: np.ndarray, stored: str | None, categories: tuple[str, ...]) -> "pd.Series":
    """A column of samples in the type that the training table stored it in; as it is where they do not fit.

    Args:
        values: (rows,) numbers, or the names of categories.
        stored: what `stored_type` said.
        categories: those of the column, in their order.
    """
    import pandas as pd

    series = pd.Series(values)
    if stored is None:
        return series
    if (times := TimeType.of(stored)) is not None:
        try:
            return times_of_numbers(values, times)
        except (ValueError, TypeError, KeyError):  # a zone that is not known here, for instance
            return series
    if stored.startswith("category["):
        inner, _, order = stored.removeprefix("category[").partition("]")
        names = _typed(pd.Series(categories, dtype=object), inner)
        return pd.Series(pd.Categorical(_typed(series, inner), categories=names, ordered=bool(order)))
    return _typed(series, stored)


def _typed(series: "pd.Series", dtype: str) -> "pd.Series":
    """The column as a type, where each value is one of it; a type of truth values takes their names."""
    import pandas as pd

    if dtype.lower() in ("bool", "boolean"):
        named = series.map({"True": True, "False": False})
        return series if named.isna().any() else named.astype(dtype)
    typed: Any = series
    try:
        if dtype not in _USUAL[2:]:
            numbers: Any = pd.to_numeric(series)
            typed = numbers.astype(dtype)
    except (ValueError, TypeError, OverflowError):
        return series
    lost = dtype.lower().startswith(("int", "uint")) and (typed.astype(float) != series.astype(float)).any()
    return series if lost else typed
