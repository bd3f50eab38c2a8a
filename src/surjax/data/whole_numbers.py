"""Samples of whole numbers, kept within those that were seen."""

import numpy as np

from surjax.data.column import Schema


def within_range(values: np.ndarray, schema: Schema) -> tuple[np.ndarray, int]:
    """(values whose integer columns lie from minimum to maximum of the column, how many numbers were moved).

    A model gives some probability to whole numbers that the training data do not reach, such as negative
    counts; these become the nearest end. NaN stays NaN. Columns without a shift are those of runs of older
    versions, which give the samples that they gave.

    Args:
        values: (rows, columns), for instance a model's samples; they are not changed.
        schema: what each column holds.

    >>> from surjax.data import Column
    >>> count = Column("count", "integer", minimum=0, maximum=9, shift=4)
    >>> within_range(np.array([[-2.0], [3.0], [12.0]]), (count,))
    (array([[0.],
           [3.],
           [9.]]), 2)
    """
    kept, moved = np.array(values), 0
    for i, column in enumerate(schema):
        if column.kind == "integer" and column.shift is not None:
            whole = np.rint(kept[:, i])
            kept[:, i] = np.clip(whole, column.minimum, column.maximum)
            moved += int(((whole < column.minimum) | (whole > column.maximum)).sum())
    return kept, moved
