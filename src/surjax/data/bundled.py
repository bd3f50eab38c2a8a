"""The real tables that come with scikit-learn: nothing is downloaded."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from surjax.data.column import Column, Kind, Schema
from surjax.data.formats import RawTable
from surjax.data.missing import Missing
from surjax.data.table import Table, build_table
from surjax.errors import DataError

BUNDLED = ("breast_cancer", "diabetes", "digits", "iris", "wine")
"""The names that `bundled` knows."""


def bundled(
    name: str,
    *,
    schema: Schema | None = None,
    columns: Sequence[str] | None = None,
    kinds: Mapping[str, str] | None = None,
    dtype: Any = np.float32,
    missing: Missing = "refuse",
) -> Table:
    """Return one of scikit-learn's tables by name.

    The columns are the features, in their own units. The class or response is taken only when `columns`
    names "target": it is then categorical, except in diabetes. The features are numeric, except the
    pixels of digits, which are integers from 0 to 16, and the sex in diabetes, which is categorical: a
    density over a column of two values would have no bound.

    Args:
        name: one of `BUNDLED`.
        schema: the columns that a model was trained on; they are found by name.
        columns: the columns to take; those of the schema, or else the features, without it.
        kinds: the kind of some columns where it is to be another.
        dtype: float32 or float64.
        missing: see `read_table`; none of them has gaps.

    Raises:
        DataError: there is no set of that name, or no such column.

    >>> table = bundled("iris", columns=["petal length (cm)", "target"])
    >>> table.values.shape, table.schema[1].categories
    ((150, 2), ('setosa', 'versicolor', 'virginica'))
    """
    if name not in BUNDLED:
        raise DataError(f"there is no bundled set {name!r}: choose one of {', '.join(BUNDLED)}.")
    loaded = _load(name)
    frame, features = loaded.frame, [str(feature) for feature in loaded.feature_names]
    declared: dict[str, Kind] = {"sex": "categorical"} if name == "diabetes" else {}
    if "target_names" in loaded:
        frame = frame.assign(target=loaded.target_names.astype(str)[frame["target"]])
        declared["target"] = "categorical"
    pixels = features if name == "digits" else []
    known = {pixel: Column(pixel, "integer", minimum=0, maximum=16) for pixel in pixels}
    if columns is None:
        columns = features if schema is None else [column.name for column in schema]
    chosen: dict[str, str] = dict(kinds or {})
    if schema is None:
        for column in set(columns) & set(declared):
            chosen.setdefault(column, declared[column])
    return build_table(
        RawTable(frame, named=True),
        name,
        schema=schema,
        columns=columns,
        kinds=chosen,
        known=known,
        dtype=dtype,
        missing=missing,
    )


def _load(name: str) -> Any:
    from sklearn import datasets

    options = {"scaled": False} if name == "diabetes" else {}
    return getattr(datasets, f"load_{name}")(as_frame=True, **options)
