"""The columns of a table, made continuous."""

import numpy as np

from surjax.data.column import Column, Schema
from surjax.embedding import Embedding
from surjax.nn import OneHot
from surjax.transforms import (
    ArgMax,
    Atoms,
    Bounded,
    Chain,
    Inverse,
    Parallel,
    Quantize,
    Standardize,
    Transform,
    dequantize,
)


def made_continuous(schema: Schema) -> tuple[int, Transform | None]:
    """How many continuous numbers a row becomes, and what makes them of it: `part_of` each column.

    The transform is None where all columns are numbers with a density and no atoms or bounds.

    >>> pet = Column("pet", "categorical", ("cat", "dog"))
    >>> dim, transform = made_continuous((Column("size", "numeric"), pet))
    >>> dim, transform.z_shape((2,))
    (3, (3,))
    """
    columns = side_by_side(schema)
    dim = sum(columns.z_sizes)
    plain = all(isinstance(part, Chain) and not part.transforms for part in columns.transforms)
    return dim, None if plain else columns


def side_by_side(schema: Schema) -> Parallel:
    """What makes the columns of a row continuous, each by a part of its own: `part_of` it."""
    return Parallel([part_of(column) for column in schema], [1] * len(schema))


def part_of(column: Column) -> Transform:
    """What makes the number of one column continuous.

        numeric       as it is
        with a step s noise on [0, s): z = x + d, V = log s
        integer       the same with s = 1: uniform dequantisation, V = 0 (Theis et al. 2016)
        with bounds   then mapped to the line: see `Bounded`
        with atoms    a class for each of them and one for the rest, by `Atoms`
        categorical   the inverse of argmax: a vector whose largest entry is the class, V = −log q(v | x)
                      (Hoogeboom et al. 2021)

    The number is (x − shift)/divisor of the column's values x (see `Column.divisor`); what is dequantised, or
    stands beside atoms, is divided by the column's scale after it.
    """
    if column.kind == "categorical":
        return Inverse(ArgMax(len(column.categories)))
    rest = [*_dequantised(column), *_scaled(column), *_bounded(column)]
    part = rest[0] if len(rest) == 1 else Chain(*rest)
    if not column.atoms:
        return part
    return Atoms(np.asarray(column.atoms) - (column.shift or 0.0), part)


def _dequantised(column: Column) -> list[Transform]:
    lattice = column.lattice
    if lattice is None:
        return []
    return [dequantize((1,)) if column.kind == "integer" else Inverse(Quantize((1,), lattice.step))]


def _scaled(column: Column) -> list[Transform]:
    if column.divisor == column.scale or column.scale is None:
        return []
    return [Standardize([0.0], [column.scale])]


def _bounded(column: Column) -> list[Transform]:
    """The map of what lies between the bounds, and of the cells that begin there, to the line.

    Its ends are moved inwards by a unit or two in the last place of float32: so much `Bounded` forgives, and
    a sample that is moved back and scaled up in float64 then lies within the bounds themselves.
    """
    low, high, shift = column.low, column.high, column.shift or 0.0
    if low is None and high is None:
        return []
    if column.lattice is not None:
        anchor, step = column.lattice.anchor, column.lattice.step
        low = None if low is None else anchor + step * np.ceil((low - anchor) / step - 1e-6)
        high = None if high is None else anchor + step * (np.floor((high - anchor) / step + 1e-6) + 1)
    low, high = (None if end is None else (end - shift) / (column.scale or 1.0) for end in (low, high))
    inwards = 2e-7 * sum(abs(end) for end in (low, high) if end is not None)
    return [
        Bounded(None if low is None else low + inwards, None if high is None else high - inwards),
    ]


def standardized(schema: Schema) -> Standardize | None:
    """What shifts and scales a row in float64 before all else; None where no column says by what.

    What has a probability is shifted alone here: dequantisation adds noise of the width of its step, and an
    atom has no volume, so that it is scaled after these.
    """
    if all(column.shift is None and column.scale is None for column in schema):
        return None
    return Standardize([column.shift or 0.0 for column in schema], [column.divisor for column in schema])


def embedded(given: Schema, *, without_last: bool = False) -> tuple[int, Embedding]:
    """(how many features, what makes them) of columns that a model is given, in their own units.

    Numbers are shifted and scaled in float64, as those that are modelled are; they come first, and after them
    each category one-hot (see `OneHot`, which without_last is of).

    >>> pet = Column("pet", "categorical", ("cat", "dog"))
    >>> size, features = embedded((pet, Column("age", "numeric", shift=40.0, scale=10.0)))
    >>> size, features(np.array([1.0, 45.0])).tolist()
    (3, [0.5, 0.0, 1.0])
    """
    one_hot = OneHot([len(column.categories) for column in given], without_last=without_last)
    first = standardized(given)
    return one_hot.size, Embedding(one_hot) if first is None else Embedding(first, one_hot)
