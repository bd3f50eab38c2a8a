"""Columns of fixed decimals: on which lattice their values lie, and whether that matters."""

from typing import NamedTuple

import numpy as np

LEAST_ROWS = 20
"""In fewer rows nothing is recognised."""
LEAST_TIES = 0.05
"""The share of rows that repeat a value from which on rounding matters to a density."""
MOST_DECIMALS = 9
FINE = 20.0
"""A lattice of so many steps a standard deviation is fine: a density over it is smooth, but for its ties."""
MOST_STEPS = 2**20
"""Steps from end to end, but for a few values far out: float32 tells them apart, with room for noise."""


class Lattice(NamedTuple):
    """The numbers anchor + step · k for integers k."""

    step: float
    anchor: float

    def nearest(self, values: np.ndarray) -> np.ndarray:
        """The numbers of the lattice that are nearest, each the float that its decimals are read as.

        >>> Lattice(0.1, 0.0).nearest(np.array([0.1 + 0.2, 0.71])).tolist()
        [0.3, 0.7]
        """
        found = self.anchor + self.step * np.rint((values - self.anchor) / self.step)
        places = max(decimals(self.step), decimals(self.anchor))
        return np.round(found, places) + 0.0  # which makes 0.0 of −0.0

    def holds(self, values: np.ndarray, exactness: float = 1e-12) -> np.ndarray:
        """Which values lie on it, as far as numbers of that relative exactness can tell."""
        off = np.abs(values - self.nearest(values))
        return off <= np.maximum(1e-6 * self.step, 4 * exactness * np.abs(values))


def find_lattice(values: np.ndarray, exactness: float = 2.0**-52) -> Lattice | None:
    """The lattice that values were rounded to, where the rounding matters; None where it does not.

    Values of fixed decimals lie on the lattice of 10⁻ᵈ, or on a coarser one of halves, quarters, fives or
    tens: the step is the greatest common divisor of their differences. The rounding matters, and the values
    have probabilities rather than a density, where at least 5 % of the rows repeat a value, and where it is
    this step that makes them do so: on a fine lattice about n²/(4√π σ) pairs of n rows are equal, for σ steps
    a standard deviation (the number for a normal distribution). Where there are more than four times as many,
    as where most values have fewer decimals than some, they repeat for another reason, and there is no step.

    Args:
        values: (rows,) in float64.
        exactness: the relative rounding error of the values, as they were stored.

    >>> rng = np.random.default_rng(0)
    >>> find_lattice(np.round(rng.normal(size=500), 1)).step
    0.1
    >>> find_lattice(rng.normal(size=500)) is None
    True
    """
    n = len(values)
    distinct, counts = np.unique(values, return_counts=True)
    if n < LEAST_ROWS or len(distinct) < 2 or 1 - len(distinct) / n < LEAST_TIES:
        return None
    lattice = coarsest_lattice(distinct, exactness)
    low, high = np.quantile(values, [0.005, 0.995])
    if lattice is None or (high - low) / lattice.step > MOST_STEPS:
        return None
    sigma = spread(values) / lattice.step
    pairs = float((counts * (counts - 1.0)).sum()) / 2
    if sigma >= FINE and pairs > 4 * n**2 / (4 * np.sqrt(np.pi) * sigma):
        return None
    return lattice


def spread(values: np.ndarray) -> float:
    """The interquartile range / 1.349, which is σ of a normal distribution; σ itself where that is 0."""
    low, high = np.quantile(values, [0.25, 0.75])
    return float((high - low) / 1.349) or float(np.std(values))


def coarsest_lattice(values: np.ndarray, exactness: float = 2.0**-52) -> Lattice | None:
    """The coarsest lattice of at most nine decimals that values lie on; None where they lie on none.

    Args: as of `find_lattice`. Values that are too large for so many digits to be known lie on none.
    """
    distinct = np.unique(values)
    largest = float(np.abs(distinct[[0, -1]]).max())
    for places in range(MOST_DECIMALS + 1):
        if largest * 10.0**places > 2**52 or 4 * exactness * largest * 10.0**places > 0.02:
            return None
        scaled = distinct * 10.0**places
        whole = np.rint(scaled)
        if np.all(np.abs(scaled - whole) <= np.maximum(1e-9, 4 * exactness * np.abs(scaled))):
            whole = whole.astype(np.int64)
            divisor = int(np.gcd.reduce(whole[1:] - whole[0])) if len(whole) > 1 else 1
            anchor = int(whole[len(whole) // 2]) if whole[0] % divisor else 0
            return Lattice(divisor / 10**places, anchor / 10**places)
    return None


def decimals(number: float) -> int:
    """How many decimals a number is written with; 16 for one of more.

    >>> decimals(0.25), decimals(30.0)
    (2, 0)
    """
    return next((places for places in range(16) if round(number, places) == number), 16)
