"""Whether draws of several numbers are those of a density."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

DIRECTIONS = 16
"""In so many random directions draws are looked at."""
LIMIT = 2.8
"""In standard errors: exceeded once in 200,000 directions where draws and density agree."""
DEGREES = 5.0
"""Of freedom of the Student distribution that the density is compared by."""


def projection_distance(xs: Any, log_prob: Callable[[Any], Any], key: Any) -> float:
    """How far draws xs, of shape (n, …), are from a density: a Kolmogorov-Smirnov distance of projections.

    log_prob gives the log-density, in nats, of a batch of shape (n, …). The density is known by n points of
    a Student distribution about the draws, of twice their covariance, each weighted by p/q. In each
    direction the distribution of the projected draws is compared with that of the weighted points, and the
    largest distance is told in standard errors, √(1/n + 1/m), where m = (Σw)²/Σw² is how many draws the
    points are worth: about 1 where the two agree, and LIMIT hardly ever.
    """
    flat = np.asarray(xs, float).reshape(len(xs), -1)
    n, size = flat.shape
    normal_key, chi_key, direction_key = jax.random.split(key, 3)
    factor = np.linalg.cholesky(2 * np.cov(flat.T) + 1e-12 * np.eye(size))
    standard = np.asarray(jax.random.normal(normal_key, (n, size)), float)
    chi = np.asarray(jax.random.gamma(chi_key, DEGREES / 2, (n,)), float) * 2 / DEGREES
    standard = standard / np.sqrt(chi)[:, None]
    points = flat.mean(0) + standard @ factor.T
    log_q = -(DEGREES + size) / 2 * np.log1p((standard**2).sum(1) / DEGREES)
    log_p = np.asarray(log_prob(points.reshape(np.shape(xs)).astype(np.asarray(xs).dtype)), float)
    log_weights = log_p - log_q
    weights = np.exp(log_weights - log_weights.max())
    weights = weights / weights.sum()
    scale = np.sqrt(1 / n + (weights**2).sum())
    directions = np.asarray(jax.random.normal(direction_key, (DIRECTIONS, size)), float)
    distances = [_distance(flat @ u, points @ u, weights) for u in directions @ np.linalg.inv(factor)]
    return max(distances) / scale


def _distance(draws: np.ndarray, points: np.ndarray, weights: np.ndarray) -> float:
    """The largest distance between the distribution functions of draws and of weighted points."""
    order = np.argsort(points)
    cumulative = np.concatenate([[0.0], np.cumsum(weights[order])])
    expected = cumulative[np.searchsorted(points[order], np.sort(draws))]
    return float(np.abs(expected - (np.arange(len(draws)) + 0.5) / len(draws)).max())
