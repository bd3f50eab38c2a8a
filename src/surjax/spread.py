"""Where numbers lie and how far they spread, found in float64 and whatever a few of them are."""

from collections.abc import Sequence

import numpy as np

_NORMAL_QUARTILES = 1.3489795
"""The distance between the quartiles of a standard normal."""
_NORMAL_HUNDREDTHS = 4.6526957
"""That between its first and its last hundredth."""
LARGEST = 1e37
"""Numbers to shift by are within ±LARGEST, and those to scale by from 1/LARGEST to LARGEST, in float32."""


def shift_and_scale(values: np.ndarray, atoms: Sequence[float] = ()) -> tuple[float, float]:
    """Numbers by which (values − shift)/scale are near 0 and of spread about 1.

    The shift is the median, or the atom nearest to it where there are atoms: single values that are modelled
    apart, and which the scale leaves out. The scale is the distance between the quartiles over that of a
    standard normal, so that a few values far out do not move it; where that is 0 that between the outer
    hundredths, or else the standard deviation; and 1 where all values are equal. Both are rounded as
    `Standardize` holds them.

    Args:
        values: (rows,) finite numbers, at least one.
        atoms: see above.

    >>> shift_and_scale(np.array([0.0, 1e8, 1.0, 2.0, 3.0]))
    (2.0, 1.4826021194458008)
    """
    values = np.asarray(values, np.float64)
    middle = float(np.median(values))
    shift = min(atoms, key=lambda atom: abs(atom - middle)) if atoms else middle
    rest = values[~np.isin(values, atoms)] if atoms else values
    with np.errstate(over="ignore", invalid="ignore"):
        high = np.float32(shift)
        shift = float(high) + float(np.float32(shift - float(high))) if np.isfinite(high) else shift
        scale = np.float32(_spread(rest) if len(rest) else 1.0)
    return shift, float(np.clip(scale, 1 / LARGEST, LARGEST))


def _spread(values: np.ndarray) -> float:
    for low, high, normal in ((0.25, 0.75, _NORMAL_QUARTILES), (0.01, 0.99, _NORMAL_HUNDREDTHS)):
        below, above = np.quantile(values, (low, high))
        if above > below:
            return (above - below) / normal
    largest = np.abs(values - values[0]).max()
    return largest * ((values - values[0]) / largest).std() if largest > 0 else 1.0  # squares may overflow


def loses_digits(values: np.ndarray) -> bool:
    """Whether float32 is too coarse for numbers: it moves some by a thousandth of their spread, or the spread
    is too large or small for a model to compute with.

    Args:
        values: (rows,) float64, finite.
    """
    shift, scale = shift_and_scale(values)
    with np.errstate(over="ignore"):
        moved = np.abs(values.astype(np.float32) - values)
    bulk = np.abs(values - shift) <= 10 * scale
    return bool(not 1e-6 <= scale <= 1e6 or moved[bulk].max(initial=0.0) > 1e-3 * scale)
