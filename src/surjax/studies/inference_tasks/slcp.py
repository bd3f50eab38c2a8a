"""SLCP: a simple likelihood and a complex posterior."""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from surjax.distributions import Uniform
from surjax.studies.inference_tasks.task import Task
from surjax.studies.inference_tasks.tempering import tempered_chains
from surjax.typing import Array, PRNGKey, Scalar

BOUND = 3.0
POINTS = 4
LEAST = 1e-6
"""Added to both scales and kept of 1 − ρ², so that no covariance is singular in float32."""


class SLCP(Task):
    """θ ~ U[−3, 3]⁵ and x four points of N(m, S) (Lueckmann et al. 2021, T.3; Papamakarios et al. 2019, A.2):

        m = (θ₁, θ₂),   S = [[s₁², ρ s₁ s₂], [ρ s₁ s₂, s₂²]],   s₁ = θ₃², s₂ = θ₄², ρ = tanh θ₅.

    The posterior has four modes that differ in the signs of θ₃ and θ₄ alone. It is drawn by parallel
    tempering of the absolute values, and the signs are coins'.
    """

    name: ClassVar[str] = "slcp"

    def __init__(self) -> None:
        self.prior = Uniform((5,), -BOUND, BOUND)

    def simulate(self, key: PRNGKey, theta: Array) -> Array:
        """Four points, as a vector of 8."""
        s1, s2, rho, rest = _scales(theta)
        e = jax.random.normal(key, (POINTS, 2))
        first = theta[0] + s1 * e[:, 0]
        second = theta[1] + s2 * (rho * e[:, 0] + rest * e[:, 1])
        return jnp.stack([first, second], axis=1).ravel()

    def log_likelihood(self, theta: Array, x: Array) -> Scalar:
        """log p(x | θ), in nats."""
        s1, s2, rho, rest = _scales(theta)
        first, second = (x.reshape(POINTS, 2) - theta[:2]).T
        a = first / s1
        b = (second / s2 - rho * a) / rest
        return -0.5 * (a * a + b * b).sum() - POINTS * (jnp.log(2 * jnp.pi) + jnp.log(s1 * s2 * rest))

    def reference(self, key: PRNGKey, x: Array, n: int) -> tuple[Array, dict[str, Any]]:
        """Draws of tempered chains, thinned, and what `tempered_chains` tells of them."""
        chain_key, coin = jax.random.split(key)
        low, high = jnp.array([-BOUND, -BOUND, 0.0, 0.0, -BOUND]), jnp.full(5, BOUND)
        draws, known = tempered_chains(lambda theta: self.log_likelihood(theta, x), low, high, chain_key, n)
        signs = jax.random.rademacher(coin, (n, 2)).astype(draws.dtype)
        return draws.at[:, 2:4].multiply(signs), known


def _scales(theta: Array) -> tuple[Array, Array, Array, Array]:
    """s₁, s₂, ρ and √(1 − ρ²) = 1/cosh θ₅."""
    s1, s2 = theta[2] ** 2 + LEAST, theta[3] ** 2 + LEAST
    return s1, s2, jnp.tanh(theta[4]), 1 / jnp.cosh(theta[4])
