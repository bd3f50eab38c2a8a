"""The density of a model of the plane on a grid of points."""

import jax
import numpy as np

from surjax.chunks import CHUNK
from surjax.errors import ConfigError, ShapeError
from surjax.flow import Flow
from surjax.typing import Key

Bounds = tuple[tuple[float, float], tuple[float, float]]
"""((x_min, x_max), (y_min, y_max))."""


def density_on_grid(
    flow: Flow,
    bounds: Bounds,
    points: int = 400,
    *,
    num_samples: int = 1,
    key: Key = None,
    chunk: int = CHUNK,
    given: np.ndarray | None = None,
) -> np.ndarray:
    """p(x) at the centres of points × points equal cells of a rectangle.

    Args:
        flow: a model of 2 continuous numbers.
        bounds: the rectangle.
        points: how many cells a side.
        num_samples: K of the bound, where the flow is not exact.
        key: of the bound's draws; `jax.random.key(0)` without it.
        chunk: how many points are scored at once.
        given: (1, …) the context of a conditional model, the same for all points.

    Returns:
        (points, points): row i is the i-th y from below, column j the j-th x from the left.

    Raises:
        ShapeError: the flow is not of the plane.
        ConfigError: points is below 1, or the rectangle has no area.
    """
    if flow.shape != (2,):
        raise ShapeError(
            f"a grid is drawn for models of shape (2,) and this one has shape {flow.shape}: "
            "look at the pairwise marginals of its samples."
        )
    if points < 1:
        raise ConfigError(f"points is {points} and must be at least 1.")
    if any(not low < high for low, high in bounds):
        raise ConfigError(f"the bounds {bounds} hold no area: give ((x_min, x_max), (y_min, y_max)).")
    (xs, ys) = (low + (high - low) * (np.arange(points) + 0.5) / points for low, high in bounds)
    grid = np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 2)
    if key is None:
        key = jax.random.key(0)
    context = None if given is None else np.repeat(given, len(grid), 0)
    log_p = flow.log_prob(grid, key, context, num_samples, chunk)
    return np.exp(np.asarray(log_p, np.float64)).reshape(points, points)


def integral_on_grid(
    flow: Flow,
    bounds: Bounds,
    points: int = 1000,
    *,
    num_samples: int = 1,
    key: Key = None,
    chunk: int = CHUNK,
) -> float:
    """∫ p(x) dx over a rectangle by the midpoint rule on points × points cells; near 1 for a density.

    What is missing from 1 is the mass outside the rectangle and the error of the rule, which is of the
    order of a cell's side where the density jumps. Arguments and errors as `density_on_grid`.

    >>> import surjax as sx
    >>> from surjax.evaluate import integral_on_grid
    >>> flow = sx.Flow(sx.HalfNormal((2,)), sx.AbsoluteValue((2,)))
    >>> round(integral_on_grid(flow, ((-6, 6), (-6, 6)), points=100), 3)
    1.0
    """
    density = density_on_grid(flow, bounds, points, num_samples=num_samples, key=key, chunk=chunk)
    ((left, right), (bottom, top)) = bounds
    return float(density.mean() * (right - left) * (top - bottom))
