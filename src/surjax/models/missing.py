"""Tables with gaps: rows made whole in front of any model of continuous vectors."""

from typing import Any

import numpy as np

from surjax.data.column import Column, Schema
from surjax.models.columns import side_by_side
from surjax.nn.mlp import MLP
from surjax.transforms import Imputed

HIDDEN = (64, 64)
"""The widths of the hidden layers of what draws missing cells."""
NUM_COUPLINGS = 2
"""How many couplings it has."""


def imputed(schema: Schema, key: Any) -> Imputed:
    """What makes the rows of a table with gaps whole and continuous: see `Imputed`."""
    return Imputed.of(
        side_by_side(schema),
        MLP.of(hidden=HIDDEN, zero_last=True),
        num_couplings=NUM_COUPLINGS,
        fills=[stand_in(column) for column in schema],
        key=key,
    )


def stand_in(column: Column) -> float:
    """A number of the column, as a model sees it, that stands where one is missing: (x − shift)/divisor of a
    value x that the column can have, in its middle where that is known."""
    if column.kind == "categorical":
        return 0.0
    shift = column.shift or 0.0
    value = column.shift
    if value is None:
        value = column.minimum if column.minimum is not None else next(iter(column.atoms), 0.0)
    low, high = column.low, column.high
    if low is not None and high is not None and not low < value < high and value not in column.atoms:
        value = (low + high) / 2
        value = value if column.lattice is None else float(column.lattice.nearest(np.array([value]))[0])
    elif low is not None and value <= low and value not in column.atoms:
        value = low + (column.step or 1.0)
    elif high is not None and value >= high and value not in column.atoms:
        value = high - (column.step or 1.0)
    return (value - shift) / column.divisor
