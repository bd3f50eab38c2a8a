"""The mixture-of-Gaussians map."""

import math

import jax
import jax.numpy as jnp
from jax.scipy.special import log_ndtr, ndtri

from surjax.transforms.univariate.mixture import Mixture
from surjax.typing import Array

FAR = -20.0
"""Below this, Φ's hazard is its asymptotic series, exact to 10⁻¹⁰; above, φ/Φ has no cancellation."""

LIMIT = 1e18
"""Beyond this, squares overflow in float32."""


class NormalMixture(Mixture):
    """z = exp(a)·Φ⁻¹(Σ_k π_k Φ((x − μ_k)/s_k)) + b: a mixture of Gaussians made normal.

    The map of Gaussianization (Chen and Gopinath 2000; Meng et al. 2020, Gaussianization Flows,
    section 3.2), G = Φ; see `Mixture` for h and how it is computed.
    """

    def log_tails(self, a: Array) -> tuple[Array, Array]:
        """log Φ(a) and log Φ(−a)."""
        a = jnp.clip(a, -LIMIT, LIMIT)
        return _log_cdf(a), _log_cdf(-a)

    def log_hazard(self, a: Array, log_lower: Array, log_upper: Array) -> Array:
        """log φ(a)/Φ(a), the inverse of Mills' ratio."""
        return _log_hazard(jnp.clip(a, -LIMIT, LIMIT), log_lower)

    def lower_quantile(self, log_p: Array) -> Array:
        """Φ⁻¹(p)."""
        return _lower_quantile(log_p)


def _log_hazard(a: Array, log_cdf: Array) -> Array:
    far, near = jnp.minimum(a, FAR), jnp.maximum(a, FAR)
    square = 1 / (far * far)
    series = square * (1 - square * (3 - square * (15 - square * (105 - 945 * square))))
    log_density = -0.5 * near * near - 0.5 * math.log(2 * math.pi)
    return jnp.where(a < FAR, jnp.log(-far) - jnp.log1p(-series), log_density - log_cdf)


@jax.custom_jvp
def _log_cdf(a: Array) -> Array:
    """log Φ(a); its derivative is the hazard, which JAX's own loses to cancellation in the far tail."""
    return log_ndtr(a)


@_log_cdf.defjvp
def _log_cdf_jvp(primals, tangents):
    (a,), (da,) = primals, tangents
    log_cdf = _log_cdf(a)
    return log_cdf, jnp.exp(_log_hazard(a, log_cdf)) * da


@jax.custom_jvp
def _lower_quantile(log_p: Array) -> Array:
    """Φ⁻¹(p) for p ≤ ½, from log p."""
    near, far = jnp.maximum(log_p, -10.0), jnp.minimum(log_p, -10.0)
    a = -jnp.sqrt(-2 * far - jnp.log(-4 * math.pi * far))  # φ(a)/|a| ≈ p
    for _ in range(3):  # log Φ is close to a parabola here, so Newton's method converges at once
        log_cdf = _log_cdf(a)
        a -= (log_cdf - far) * jnp.exp(-_log_hazard(a, log_cdf))
    return jnp.where(log_p > -10.0, ndtri(jnp.exp(near)), a)


@_lower_quantile.defjvp
def _lower_quantile_jvp(primals, tangents):
    (log_p,), (dlog_p,) = primals, tangents
    a = _lower_quantile(log_p)
    return a, dlog_p * jnp.exp(-_log_hazard(a, log_p))
