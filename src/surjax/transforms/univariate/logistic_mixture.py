"""The mixture-of-logistics map of Flow++."""

import jax.numpy as jnp

from surjax.transforms.univariate.mixture import Mixture
from surjax.typing import Array


class LogisticMixture(Mixture):
    """z = exp(a)·logit(Σ_k π_k σ((x − μ_k)/s_k)) + b (Ho et al. 2019, Flow++, equations 14 to 16).

    The components are logistic distributions, G = σ; see `Mixture` for h and how it is computed.
    """

    def log_tails(self, a: Array) -> tuple[Array, Array]:
        """log σ(a) and log σ(−a) = log σ(a) − a."""
        negative = jnp.where(a < 0, a, -a)  # not −|a|, whose derivative at 0 is not what is wanted here
        log_lower = jnp.where(a < 0, a, 0.0) - jnp.log1p(jnp.exp(negative))
        return log_lower, log_lower - a

    def log_hazard(self, a: Array, log_lower: Array, log_upper: Array) -> Array:
        """log σ(−a), which is the upper tail itself."""
        return log_upper

    def lower_quantile(self, log_p: Array) -> Array:
        """logit p = log p − log(1 − p)."""
        return log_p - jnp.log1p(-jnp.exp(log_p))
