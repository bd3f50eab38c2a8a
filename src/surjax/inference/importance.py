"""Importance sampling with a flow as the proposal."""

import math
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surjax.arguments import count, require_keys
from surjax.chunks import CHUNK
from surjax.flow import Flow
from surjax.inference.diagnostics import pareto_smoothed
from surjax.inference.target import target_of
from surjax.inference.weighted import draw_weighted
from surjax.promotion import promoting
from surjax.typing import Array


class Importance:
    """What `importance` gives back: n draws of a flow q, with their weights w = p̃(x)/q(x).

    Attributes:
        x: the draws, (n, *shape).
        log_weights: log p̃(x) − log q(x) of each, (n,), in nats.
        exact: whether log q is exact; where it is not, the weights are those of pairs of x and its z, and
            what is said of Z holds all the same, with fewer effective samples.
        log_z: log of the mean weight, in nats: log Z.
        log_z_error: its standard error, by the delta method: √((1/ess − 1)/n).
        ess: the effective sample size as a share of n: (Σ w)²/(n Σ w²).
    """

    def __init__(self, x: Any, log_weights: Array, exact: bool):
        self.x, self.log_weights, self.exact = x, log_weights, exact
        n, wide = len(log_weights), np.asarray(log_weights, np.float64)
        top = wide.max()
        weights = np.exp(wide - top)
        self.log_z = float(top + math.log(weights.mean()))
        self.ess = float(weights.sum() ** 2 / (n * (weights**2).sum()))
        self.log_z_error = math.sqrt(max(1 / self.ess - 1, 0.0) / n)

    def __repr__(self) -> str:
        return (
            f"Importance(n={len(self.log_weights)}, log_z={self.log_z:.4f} ± {self.log_z_error:.4f}, "
            f"ess={self.ess:.3f}, exact={self.exact})"
        )

    @cached_property
    def _smoothed(self) -> tuple[np.ndarray, float]:
        return pareto_smoothed(self.log_weights)

    @property
    def pareto_k(self) -> float:
        """Pareto k̂ of the largest weights (Vehtari et al. 2024): above 0.7, log Z and its error are not to be
        trusted. Needs surjax[inference]."""
        return self._smoothed[1]

    @property
    def smoothed_log_weights(self) -> Array:
        """The log weights with the largest smoothed (Vehtari et al. 2024), which add up to 1, (n,). Needs
        surjax[inference]."""
        return jnp.asarray(self._smoothed[0], self.log_weights.dtype)

    def resample(self, key: Any, n: int) -> Any:
        """n of the draws, each as often as its weight says, rounded up or down, in random order: (n, *shape).

        That is systematic resampling; few effective samples come to many copies.
        """
        n = count(n, "n", 1)
        offset_key, order_key = jax.random.split(require_keys(key, ()))
        weights = np.exp(np.asarray(self.log_weights, np.float64) - float(jnp.max(self.log_weights)))
        total = np.cumsum(weights)
        places = (np.arange(n) + float(jax.random.uniform(offset_key))) / n * total[-1]
        rows = np.minimum(np.searchsorted(total, places, side="right"), len(total) - 1)
        return self.x[jax.random.permutation(order_key, jnp.asarray(rows))]


@promoting
def importance(flow: Flow, log_density: Any, key: Any, n: int = 10_000, chunk: int = CHUNK) -> Importance:
    """Weigh n draws of a flow by a log-density: log Z with its error, and how far the flow is from it.

        Z = E_q[p̃(x)/q(x)],   log Z ≈ log 1/n Σ wᵢ

    Args:
        flow: the proposal, such as `fit_density` gives.
        log_density: ONE point → log p̃(x), as for `fit_density`; −∞ where there is no density.
        key: of the draws.
        n: how many draws.
        chunk: how many at once at most.

    Raises ConfigError where log_density gives no single number, NaN or +∞, or −∞ everywhere.

    >>> import surjax as sx
    >>> flow = sx.Flow(sx.Normal((2,), 0.0, 1.2), sx.Affine((2,)))
    >>> found = importance(flow, lambda x: -0.5 * (x**2).sum(), jax.random.key(0), 20_000)
    >>> bool(abs(found.log_z - math.log(2 * math.pi)) < 4 * found.log_z_error), found.ess > 0.8
    (True, True)
    >>> found.resample(jax.random.key(1), 100).shape
    (100, 2)
    """
    n, chunk = count(n, "n", 2), count(chunk, "chunk", 1)
    drawn = draw_weighted(flow, target_of(log_density, flow), require_keys(key, ()), (n,), chunk)
    return Importance(drawn.x, drawn.log_weight, flow.exact)
