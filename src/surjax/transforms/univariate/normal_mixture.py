"""The mixture-of-Gaussians map."""

import math

import jax
import jax.numpy as jnp
from jax.scipy.special import log_ndtr, ndtri

from surjax.transforms.univariate.mixture import Mixture
from surjax.typing import Array

FAR = -20.0
"""Below this, Φ's hazard is its asymptotic series, exact to 10⁻¹⁰; above, φ/Φ has no cancellation."""


class NormalMixture(Mixture):
    """z = exp(a)·Φ⁻¹(Σ_k π_k Φ((x − μ_k)/s_k)) + b: a mixture of Gaussians made normal.

    The map of Gaussianization (Chen and Gopinath 2000; Meng et al. 2020, Gaussianization Flows,
    section 3.2), G = Φ; see `Mixture` for h and how it is computed.
    """

    def log_cdf(self, a: Array) -> Array:
        """log Φ(a)."""
        return _log_cdf(a)

    def log_hazard(self, a: Array) -> Array:
        """log φ(a)/Φ(a), the inverse Mills ratio."""
        far = jnp.minimum(a, FAR)
        square = 1 / (far * far)
        series = square * (1 - square * (3 - square * (15 - square * (105 - 945 * square))))
        near = jnp.maximum(a, FAR)
        density = -0.5 * near * near - 0.5 * math.log(2 * math.pi)
        return jnp.where(a < FAR, jnp.log(-far) - jnp.log1p(-series), density - _log_cdf(near))

    def lower_quantile(self, log_p: Array) -> Array:
        """Φ⁻¹(p)."""
        return _quantile(log_p)


@jax.custom_jvp
def _log_cdf(a: Array) -> Array:
    """log Φ(a)."""
    return log_ndtr(a)


@_log_cdf.defjvp
def _log_cdf_jvp(primals, tangents):
    """JAX's own derivative of log Φ cancels in the far tail."""
    ((a,), (t,)) = primals, tangents
    return _log_cdf(a), jnp.exp(NormalMixture.log_hazard(None, a)) * t


@jax.custom_jvp
def _quantile(log_p: Array) -> Array:
    """Φ⁻¹(p) for p ≤ ½."""
    moderate = jnp.maximum(log_p, -10.0)
    far = jnp.minimum(log_p, -10.0)
    a = -jnp.sqrt(-2 * far - jnp.log(-4 * math.pi * far))  # φ(a)/|a| ≈ p
    for _ in range(4):  # log Φ is all but a parabola here: Newton's method at least squares the error
        a -= (log_ndtr(a) - far) * jnp.exp(-NormalMixture.log_hazard(None, a))
    return jnp.where(log_p > -10.0, ndtri(jnp.exp(moderate)), a)
