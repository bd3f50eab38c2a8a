"""Distributions as bijections of normal noise."""

from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from surjax.distributions.base import Distribution
from surjax.distributions.normal import Normal


def noise_of(model: Distribution, x: Any, context: Any) -> tuple[Any, Any, Any]:
    """(noise of x, x made of it again, log p(x) by the noise's density and the Jacobian)."""
    noise = model.to_noise(x, context)
    flat, unravel = ravel_pytree(x)
    jacobian = jax.jacfwd(lambda flat: ravel_pytree(model.to_noise(unravel(flat), context))[0])(flat)
    log_prob = Normal(flat.shape).log_prob(ravel_pytree(noise)[0]) + jnp.linalg.slogdet(jacobian)[1]
    return noise, model.from_noise(noise, context), log_prob
