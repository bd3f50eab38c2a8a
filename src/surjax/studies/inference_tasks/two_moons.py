"""Two moons: two modes, each a crescent."""

from typing import ClassVar

import jax
import jax.numpy as jnp

from surjax.distributions import Uniform
from surjax.studies.inference_tasks.rejection import inside_draws
from surjax.studies.inference_tasks.task import Task
from surjax.typing import Array, PRNGKey


class TwoMoons(Task):
    """θ ~ U[−1, 1]² and x = p + (−|θ₁ + θ₂|, −θ₁ + θ₂)/√2, p on a crescent (Lueckmann et al. 2021, T.8;
    Greenberg et al. 2019, A.5.2):

        p = (r cos α + 0.25, r sin α),   α ~ U[−π/2, π/2],   r ~ N(0.1, 0.01²).

    θ → ((θ₁ + θ₂)/√2, (θ₂ − θ₁)/√2) = (s, d) is a rotation, so that given x the pair (|s|, d) is distributed
    as (p₁ − x₁, x₂ − p₂) where that has |s| ≥ 0 and θ within its bounds, and the sign of s is a coin's.
    """

    name: ClassVar[str] = "two_moons"

    def __init__(self) -> None:
        self.prior = Uniform((2,), -1.0, 1.0)

    def simulate(self, key: PRNGKey, theta: Array) -> Array:
        """A point of the crescent, moved."""
        moved = jnp.stack([-jnp.abs(theta[0] + theta[1]), theta[1] - theta[0]]) / jnp.sqrt(2.0)
        return _crescent(key, ()) + moved

    def reference(self, key: PRNGKey, x: Array, n: int) -> Array:
        """Independent draws of the posterior."""

        def draws(key: PRNGKey, n: int) -> Array:
            crescent, coin = jax.random.split(key)
            p = _crescent(crescent, (n,))
            size, d = p[:, 0] - x[0], x[1] - p[:, 1]
            s = jnp.where(size >= 0, size * jax.random.rademacher(coin, (n,)), jnp.inf)
            return jnp.stack([s - d, s + d], axis=1) / jnp.sqrt(2.0)

        return inside_draws(draws, self.prior, key, n)


def _crescent(key: PRNGKey, shape: tuple[int, ...]) -> Array:
    angle, radius = jax.random.split(key)
    alpha = jax.random.uniform(angle, shape, minval=-jnp.pi / 2, maxval=jnp.pi / 2)
    r = 0.1 + 0.01 * jax.random.normal(radius, shape)
    return jnp.stack([r * jnp.cos(alpha) + 0.25, r * jnp.sin(alpha)], axis=-1)
