"""What was recognised in a table, in sentences."""

import shlex

import numpy as np

from surjax.data.column import Schema
from surjax.data.times import TimeType

_FAR = 1e4
"""So many spreads from the median is a value in 10⁸ of a Student's t of two degrees of freedom."""


def told_columns(schema: Schema) -> list[str]:
    """A sentence for each kind of thing that was found out about columns and changes what a likelihood is.

    >>> from surjax.data import Column
    >>> (sentence,) = told_columns((Column("dose", "numeric", step=0.5),))
    >>> sentence.rpartition("; ")[2]
    '--kinds column=numeric gives one a density.'
    """
    sentences = []
    types = [(column.name, TimeType.of(column.stored)) for column in schema]
    if times := [f"{name!r} ({type_.told})" for name, type_ in types if type_ is not None]:
        sentences.append(
            f"times are taken as numbers: {_few(times)}; --kinds column=categorical takes the texts."
        )
    for column in (column for column in schema if column.atoms):
        atoms = ", ".join(f"{atom:.10g}" for atom in column.atoms)
        otherwise = "a density alone" if column.kind == "numeric" else "no such values"
        ends = {"below": column.low in column.atoms, "above": column.high in column.atoms}
        beyond = " or ".join(where for where, bounded in ends.items() if bounded)
        nothing = f", and nothing lies {beyond} them" if beyond else ""
        sentences.append(
            f"single values of {column.name!r} ({atoms}) have a probability of their own{nothing}; "
            f"--kinds {shlex.quote(f'{column.name}={column.kind}')} gives it {otherwise}."
        )
    stepped = [f"{column.name!r} ({column.step:.10g})" for column in schema if column.step is not None]
    if stepped:
        sentences.append(
            f"numbers of fixed decimals are taken as rounded, with a probability each: {_few(stepped)}; "
            "--kinds column=numeric gives one a density."
        )
    return sentences


def told_outliers(values: np.ndarray, schema: Schema) -> str | None:
    """A clause that names the numbers that lie so far from all others that they may decide a fit; None where
    there are none.

    Args:
        values: (rows, columns).
        schema: what each column holds, with its shift and scale.

    >>> import numpy as np
    >>> from surjax.data import Column
    >>> column = Column("dose", "numeric", shift=1.0, scale=0.5)
    >>> told_outliers(np.array([[1.0], [0.5], [1e8]]), (column,))
    "'dose' has 1e+08 in row 3, 2e+08 times as far from the median as others spread"
    """
    told = []
    for i, column in enumerate(schema):
        if column.kind == "categorical" or column.shift is None or column.scale is None:
            continue
        off = np.abs(values[:, i] - column.shift) / column.scale
        far = off > _FAR
        if far.any():
            row = int(np.argmax(off))
            more = f", and {far.sum() - 1} more such values" if far.sum() > 1 else ""
            told.append(
                f"{column.name!r} has {values[row, i]:.6g} in row {row + 1}, {off[row]:.1g} times as far "
                f"from the median as others spread{more}"
            )
    return _few(told) or None


def _few(told: list[str]) -> str:
    return ", ".join(told[:8]) + (f" and {len(told) - 8} more" if len(told) > 8 else "")
