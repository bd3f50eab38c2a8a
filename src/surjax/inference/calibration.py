"""Whether a posterior is as sure as it may be."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from surjax.arguments import count
from surjax.errors import DataError
from surjax.inference.posterior import Posterior
from surjax.inference.simulation import Simulator, draw, simulate
from surjax.typing import PRNGKey


class Calibration(NamedTuple):
    """How true parameters lie among draws of the posterior of what was simulated from them.

    ranks: (n, D), how many of num_samples draws of each parameter lie below the true one. Of a calibrated
    posterior they are uniform on 0 … num_samples (simulation-based calibration: Talts et al. 2018).
    levels: (n,), the share of draws whose log q(θ | x) is higher than that of the truth: the mass of the
    smallest region of highest density that has it. num_samples: how many draws there were of each posterior.
    """

    ranks: np.ndarray
    levels: np.ndarray
    num_samples: int

    def coverage(self, level: float) -> float:
        """The share of truths inside the region of highest density of this mass: `level` of a calibrated
        posterior, less of one that is too sure (expected coverage: Hermans et al. 2022)."""
        return float((self.levels <= level).mean())


def calibrate(
    posterior: Posterior, simulator: Simulator, key: PRNGKey, n: int = 1000, num_samples: int = 200
) -> Calibration:
    """Draw n parameters from the prior, simulate an x of each, and look where they lie in its posterior.

    Only for a posterior of one round: one of several is of its observation alone. Raises DataError for one of
    several.

    >>> import jax, surjax as sx
    >>> def simulator(key, theta):
    ...     return theta + 0.1 * jax.random.normal(key, (1,))
    >>> prior, key = sx.Uniform((1,), -1.0, 1.0), jax.random.key(0)
    >>> quick = sx.TrainConfig(steps=300)
    >>> posterior = sx.inference.npe(prior, simulator, key, num_simulations=1000, config=quick)
    >>> sx.inference.calibrate(posterior, simulator, key, n=50, num_samples=20).ranks.shape
    (50, 1)
    """
    n, num_samples = count(n, "n", 1), count(num_samples, "num_samples", 1)
    if len(posterior.fits) > 1:
        raise DataError(
            f"the posterior is of {len(posterior.fits)} rounds and of one observation alone: calibration "
            "asks for that of every x, which one round gives."
        )
    theta_key, simulate_key, draw_key = jax.random.split(key, 3)
    made = simulate(simulator, draw(posterior.prior, theta_key, n), simulate_key)
    draws = posterior.sample_each(draw_key, num_samples, made.x)
    below = (draws < made.theta[:, None]).sum(1)
    theta = jnp.concatenate([made.theta[:, None], draws], axis=1)
    log_probs = posterior.log_prob_each(theta, made.x)
    levels = (log_probs[:, 1:] > log_probs[:, :1]).mean(1)
    return Calibration(np.asarray(below), np.asarray(levels), num_samples)
