"""Integrals over the plane by a grid of midpoints, in float64."""

from collections.abc import Callable

import numpy as np

Box = tuple[tuple[float, float], tuple[float, float]]

_CHUNK = 4096


def midpoints(box: Box, step: float) -> tuple[np.ndarray, float]:
    """Return the centres (m, 2) of the cells of a grid over `box`, and the area of a cell.

    Args:
        box: ((x_min, x_max), (y_min, y_max)).
        step: the longest side that a cell may have; the cells fill the box exactly.
    """
    axes, area = [], 1.0
    for low, high in box:
        cells = int(np.ceil((high - low) / step - 1e-9))
        side = (high - low) / cells
        axes.append(low + side * (np.arange(cells) + 0.5))
        area *= side
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2), area


def integrate(f: Callable[[np.ndarray], np.ndarray], box: Box, step: float) -> float:
    """Integrate f over a box by the midpoint rule.

    For a smooth f that vanishes at the edges of the box the error falls faster than any power of the
    step (Trefethen and Weideman 2014, The Exponentially Convergent Trapezoidal Rule): for a Gaussian of
    standard deviation σ it is about exp(−2π²σ²/step²), which is below 1e-30 at step = σ/2.

    Args:
        f: takes points (m, 2), gives values (m,).
        box: ((x_min, x_max), (y_min, y_max)).
        step: the longest side that a cell may have.

    >>> round(integrate(lambda x: np.exp(-np.sum(x**2, -1)), ((-6, 6), (-6, 6)), 0.25) - np.pi, 9)
    0.0
    """
    points, area = midpoints(box, step)
    chunks = (points[i : i + _CHUNK] for i in range(0, len(points), _CHUNK))
    return float(sum(np.sum(f(chunk)) for chunk in chunks) * area)
