"""One formula for NumPy and for JAX: the modules that answer an array."""

from typing import Any

import jax.numpy as jnp
import jax.scipy.special
import numpy as np


def modules(x) -> tuple[Any, Any]:
    """Return (numpy, scipy.special) for a NumPy array, else JAX's modules of the same functions."""
    if isinstance(x, np.ndarray):
        import scipy.special  # takes a moment

        return np, scipy.special
    return jnp, jax.scipy.special


def uniform_mixture(log_densities, special):
    """Return the log-density of a mixture in equal parts: log (1/K) Σ_k exp(log_densities[..., k])."""
    components = log_densities.shape[-1]
    return special.logsumexp(log_densities, axis=-1) - np.log(components).item()
