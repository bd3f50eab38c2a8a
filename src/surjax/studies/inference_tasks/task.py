"""What a task of simulation-based inference is."""

from abc import ABC, abstractmethod
from typing import ClassVar

from surjax.distributions import Distribution
from surjax.typing import Array, PRNGKey


class Task(ABC):
    """A prior, a simulator whose likelihood is known to the task alone, and the posterior for comparison.

    name: as `surjax reproduce inference` has it.
    """

    name: ClassVar[str]

    prior: Distribution

    @abstractmethod
    def simulate(self, key: PRNGKey, theta: Array) -> Array:
        """One x ~ p(x | θ)."""

    @abstractmethod
    def reference(self, key: PRNGKey, x: Array, n: int) -> Array:
        """n independent draws of p(θ | x), shape (n, D)."""
