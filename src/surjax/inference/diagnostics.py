"""What ArviZ tells of weights and of chains."""

from typing import Any

import numpy as np

from surjax.errors import ConfigError


def arviz() -> Any:
    """ArviZ's statistics of arrays, or ConfigError where they are not installed."""
    try:
        from arviz_stats.base.array import array_stats  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise ConfigError(
            "the diagnostics of samples need the package arviz-stats, which is not installed: "
            "`pip install 'surjax[inference]'`."
        ) from error
    return array_stats


def pareto_smoothed(log_weights: Any) -> tuple[np.ndarray, float]:
    """(smoothed log weights that add up to 1, Pareto k̂) of log weights (n,) (Vehtari et al. 2024)."""
    with np.errstate(all="ignore"):  # weights of 0
        # ArviZ's argument is a log-likelihood, whose inverse is the weight
        smoothed, k = arviz().psislw(-np.asarray(log_weights, np.float64))
    return np.asarray(smoothed), float(k)


def r_hat(x: Any) -> np.ndarray:
    """The rank-normalised split R̂ of each number of x, (chains, draws, *shape) (Vehtari et al. 2021)."""
    return _of_each(arviz().rhat, x)


def effective_size(x: Any) -> np.ndarray:
    """The bulk effective sample size of each number of x, over all chains (Vehtari et al. 2021)."""
    return _of_each(arviz().ess, x)


def _of_each(statistic: Any, x: Any) -> np.ndarray:
    array = np.asarray(x, np.float64)
    with np.errstate(all="ignore"):  # a chain that does not move has no variance
        return np.asarray(statistic(array, chain_axis=0, draw_axis=1))
