"""SLCP: a simple likelihood and a complex posterior."""

from functools import partial
from typing import ClassVar

import jax
import jax.numpy as jnp

from surjax.distributions import Uniform
from surjax.studies.inference_tasks.rejection import inside_draws
from surjax.studies.inference_tasks.task import Task
from surjax.typing import Array, PRNGKey

BOUND = 3.0
POINTS = 4
LEAST = 1e-6
"""Added to both scales, so that no covariance is singular in float32."""
PROPOSED = 1 << 20
"""How many θ are proposed at once, of which few are kept."""


class SLCP(Task):
    """θ ~ U[−3, 3]⁵ and x four points of N(m, S) (Lueckmann et al. 2021, T.3; Papamakarios et al. 2019, A.2):

        m = (θ₁, θ₂),   S = [[s₁², ρ s₁ s₂], [ρ s₁ s₂, s₂²]],   s₁ = θ₃², s₂ = θ₄², ρ = tanh θ₅.

    The posterior has four modes that differ in the signs of θ₃ and θ₄ alone. It is drawn exactly, by
    rejection: with x̄ the mean of the four points, uᵢ and vᵢ what they are from it, Q = Σ uᵢ²,
    σ = s₂√(1 − ρ²) and β = ρ s₂/s₁,

        p(θ | x) ∝ N(m; x̄, S/4) · s₁⁻³ exp(−Q/(2 s₁²)) · h,   h = σ⁻³ exp(−Σ (vᵢ − β uᵢ)²/(2 σ²)),

    so that θ₃⁻⁴ ~ Gamma(5/4, Q/2), θ₄ and θ₅ as in the prior and m ~ N(x̄, S/4) are kept with probability
    h/max h, the largest of all σ and β, where they lie within the prior's bounds; or the same with the two
    coordinates in each other's place.
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

    def reference(self, key: PRNGKey, x: Array, n: int) -> Array:
        """Independent draws of the posterior."""
        return inside_draws(lambda key, n: _proposals(key, x, n), self.prior, key, n, PROPOSED)


@partial(jax.jit, static_argnums=2)
def _proposals(key: PRNGKey, x: Array, n: int) -> Array:
    """n proposals for θ given x, those that are not kept at infinity."""
    keys = jax.random.split(key, 5)
    points = x.reshape(POINTS, 2)
    swapped = points[:, 0].std() > points[:, 1].std()  # what is drawn best is the smaller of the scales
    points = jnp.where(swapped, points[:, ::-1], points)
    u, v = (points - points.mean(0)).T
    third = (_gamma(keys[0], 1.25, n) / (0.5 * (u * u).sum())) ** -0.25 * jax.random.rademacher(keys[1], (n,))
    rest = jax.random.uniform(keys[2], (n, 2), minval=-BOUND, maxval=BOUND)
    theta = jnp.concatenate([jnp.zeros((n, 2)), third[:, None], rest], axis=1)
    s1, s2, rho, root = jax.vmap(_scales)(theta)
    e = jax.random.normal(keys[3], (n, 2)) / POINTS**0.5
    mean = points.mean(0) + jnp.stack([s1 * e[:, 0], s2 * (rho * e[:, 0] + root * e[:, 1])], axis=1)
    sigma = s2 * root
    off = (v - (rho * s2 / s1)[:, None] * u) / sigma[:, None]
    least = ((v - (u * v).sum() / (u * u).sum() * u) ** 2).sum() / (POINTS - 1)  # σ² where h is largest
    log_share = (POINTS - 1) * (0.5 * jnp.log(least) - jnp.log(sigma) + 0.5) - 0.5 * (off * off).sum(1)
    kept = jnp.log(jax.random.uniform(keys[4], (n,))) < log_share
    theta = jnp.where(kept[:, None], theta.at[:, :2].set(mean), jnp.inf)
    return jnp.where(swapped, theta[:, jnp.array([1, 0, 3, 2, 4])], theta)


def _gamma(key: PRNGKey, shape: float, n: int) -> Array:
    """n draws of Gamma(shape, 1), some of them NaN in the place of others (Marsaglia and Tsang 2000): faster
    than `jax.random.gamma`, which draws again."""
    normal_key, keep_key = jax.random.split(key)
    d = shape - 1 / 3
    z = jax.random.normal(normal_key, (n,))
    cube = (1 + z / (9 * d) ** 0.5) ** 3
    kept = jnp.log(jax.random.uniform(keep_key, (n,))) < z * z / 2 + d - d * cube + d * jnp.log(cube)
    return jnp.where(kept, d * cube, jnp.nan)


def _scales(theta: Array) -> tuple[Array, Array, Array, Array]:
    """s₁, s₂, ρ and √(1 − ρ²) = 1/cosh θ₅."""
    s1, s2 = theta[2] ** 2 + LEAST, theta[3] ** 2 + LEAST
    return s1, s2, jnp.tanh(theta[4]), 1 / jnp.cosh(theta[4])
