"""Draws from the prior where a posterior has its mass."""

import jax
import jax.numpy as jnp

from surjax.errors import SurjaxError
from surjax.inference.posterior import Posterior
from surjax.inference.simulation import draw
from surjax.typing import Array, PRNGKey

OUTSIDE = 1e-4
"""The share of the posterior that is left outside of the region."""
DRAWS = 10_000
"""How many draws of the posterior the region is found from."""
LEAST = 1e-5
"""The least share of the prior in the region that is drawn by rejection."""
JUDGED_FROM = 10 / LEAST
"""After how many draws of the prior its share is known well enough: ten of them would lie in the least."""


def truncated_draws(posterior: Posterior, key: PRNGKey, n: int) -> Array:
    """n draws from the prior inside the posterior's region of highest density: shape (n, D).

    The region has all but a share of 10⁻⁴ of q(θ | observation):  {θ : log q(θ | x_o) ≥ τ}, τ the quantile
    of log q of draws (Deistler et al. 2022, truncated sequential NPE, section 3). Raises SurjaxError where it
    has less than 10⁻⁵ of the prior, which rejection does not find.
    """
    threshold_key, key = jax.random.split(key)
    own = posterior.sample(threshold_key, DRAWS)
    threshold = jnp.quantile(posterior.log_prob(own), OUTSIDE)
    kept, drawn, found = [], 0, 0
    at_once = max(n, DRAWS)
    while found < n:
        theta = draw(posterior.prior, jax.random.fold_in(key, drawn), at_once)
        theta = theta[posterior.log_prob(theta) >= threshold]
        kept.append(theta)
        drawn, found = drawn + at_once, found + len(theta)
        if drawn >= JUDGED_FROM and found < LEAST * drawn:
            raise SurjaxError(
                f"the posterior's region has less than {LEAST:g} of the prior ({found} of {drawn:,} draws): "
                "take fewer rounds."
            )
    return jnp.concatenate(kept)[:n]
