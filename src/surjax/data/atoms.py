"""Single values that a column repeats far more often than the others: its atoms."""

import numpy as np

from surjax.data.lattice import FINE, LEAST_ROWS, Lattice, coarsest_lattice, find_lattice, spread

LEAST_SHARE, LEAST_COUNT = 0.01, 5
"""An atom has at least this share of the rows, and so many of them."""
TIMES = 4
"""An atom occurs at least so often as all other values but atoms do once."""
MOST = 8
"""How many atoms a column may have."""


def find_atoms(values: np.ndarray) -> tuple[float, ...]:
    """The single values that no density would repeat so often, in rising order.

    An atom has at least 1 % of the rows and 5 of them, and occurs at least four times as often as any value
    that is no atom; there are as many of them as that allows, and at most eight. So the zeros of a
    zero-inflated column are one, and so is an end that it was capped at; the most frequent value of a rounded
    column, beside others that are nearly as frequent, is none, and neither are the values of a column that
    repeats all it has.

    >>> rng = np.random.default_rng(0)
    >>> rain = np.where(rng.uniform(size=500) < 0.6, 0.0, rng.exponential(size=500))
    >>> find_atoms(rain), find_atoms(np.minimum(rain[rain > 0], 2.0)), find_atoms(np.round(rain[rain > 0], 1))
    ((0.0,), (2.0,), ())
    """
    n = len(values)
    distinct, counts = np.unique(values, return_counts=True)
    if n < LEAST_ROWS:
        return ()
    order = np.argsort(-counts, kind="stable")
    ranked = counts[order]
    for k in range(min(MOST, len(ranked) - 1), 0, -1):
        if ranked[k - 1] >= max(LEAST_COUNT, LEAST_SHARE * n, TIMES * ranked[k]):
            return tuple(sorted(float(value) for value in distinct[order[:k]]))
    return ()


def without(values: np.ndarray, atoms: tuple[float, ...]) -> np.ndarray:
    """The values that are no atoms."""
    return values[~np.isin(values, atoms)]


def find_atoms_and_lattice(
    values: np.ndarray, exactness: float = 2.0**-52, lattice: Lattice | None = None
) -> tuple[tuple[float, ...], Lattice | None]:
    """The atoms of a column and the lattice of the rest; see `find_atoms` and `find_lattice`.

    On a coarse lattice, of fewer than 20 steps a standard deviation (the most frequent value apart), there
    are no atoms: a frequent value is no spike there, and a model of the dequantised numbers follows it.

    Args:
        values: (rows,) in float64.
        exactness: the relative rounding error of the values, as they were stored.
        lattice: the lattice, where it is known, as that of integers is.
    """
    atoms = find_atoms(values)
    whole = coarsest_lattice(values, exactness) if lattice is None and atoms else lattice
    if atoms and whole is not None:
        distinct, counts = np.unique(values, return_counts=True)
        if spread(values[values != distinct[counts.argmax()]]) < FINE * whole.step:
            return (), whole
    return atoms, lattice or find_lattice(without(values, atoms), exactness)
