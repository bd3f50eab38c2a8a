"""Gaussian linear: the conjugate task."""

from typing import ClassVar

import jax

from surjax.distributions import Normal
from surjax.studies.inference_tasks.task import Task
from surjax.typing import Array, PRNGKey

SIZE = 10
VARIANCE = 0.1


class GaussianLinear(Task):
    """θ ~ N(0, 0.1 I) in 10 dimensions and x | θ ~ N(θ, 0.1 I) (Lueckmann et al. 2021, T.1).

    The posterior is N(x/2, 0.05 I).
    """

    name: ClassVar[str] = "gaussian_linear"

    def __init__(self) -> None:
        self.prior = Normal((SIZE,), scale=VARIANCE**0.5, trainable=False)

    def simulate(self, key: PRNGKey, theta: Array) -> Array:
        """x = θ + √0.1 ε."""
        return theta + VARIANCE**0.5 * jax.random.normal(key, theta.shape)

    def reference(self, key: PRNGKey, x: Array, n: int) -> Array:
        """Independent draws of the posterior."""
        return x / 2 + (VARIANCE / 2) ** 0.5 * jax.random.normal(key, (n, SIZE))
