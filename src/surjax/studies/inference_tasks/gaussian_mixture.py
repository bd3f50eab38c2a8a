"""Gaussian mixture: one mean, two widths."""

from typing import ClassVar

import jax
import jax.numpy as jnp

from surjax.distributions import Uniform
from surjax.studies.inference_tasks.rejection import inside_draws
from surjax.studies.inference_tasks.task import Task
from surjax.typing import Array, PRNGKey

BOUND = 10.0
SCALES = (1.0, 0.1)


class GaussianMixture(Task):
    """θ ~ U[−10, 10]² and x | θ ~ ½ N(θ, I) + ½ N(θ, 0.01 I) (Lueckmann et al. 2021, T.7; Sisson et al.
    2007).

    The posterior is the same mixture about x, cut off at the prior's bounds.
    """

    name: ClassVar[str] = "gaussian_mixture"

    def __init__(self) -> None:
        self.prior = Uniform((2,), -BOUND, BOUND)

    def simulate(self, key: PRNGKey, theta: Array) -> Array:
        """x = θ + s ε, s = 1 or 0.1 with equal odds."""
        return theta + _noise(key, ())

    def reference(self, key: PRNGKey, x: Array, n: int) -> Array:
        """Independent draws of the posterior, by rejection at the bounds."""
        return inside_draws(lambda key, n: x + _noise(key, (n,)), self.prior, key, n)


def _noise(key: PRNGKey, shape: tuple[int, ...]) -> Array:
    which, normal = jax.random.split(key)
    scale = jnp.where(jax.random.bernoulli(which, 0.5, (*shape, 1)), *SCALES)
    return scale * jax.random.normal(normal, (*shape, 2))
