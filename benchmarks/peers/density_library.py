"""What the benchmark of fits to log-densities asks of a library, and the flows that both build."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np


@dataclass(frozen=True)
class Architecture:
    """Couplings that move the second half by what the first says, the order shuffled in between.

    affine: over a standard normal. spline: rational-quadratic splines of the interval, over the same.
    circular: the same on the circle over the uniform distribution, where a library has splines of the circle,
    and else splines of the interval over it.
    """

    kind: Literal["affine", "spline", "circular"]
    layers: int = 8
    width: int = 64
    depth: int = 2
    bins: int = 8
    interval: tuple[float, float] = (-5.0, 5.0)


class DensityLibrary(Protocol):
    """A library as the benchmark sees it; arrays are float32 NumPy at this boundary."""

    version: str
    parameters: int

    def fit(
        self,
        log_density: Callable[[Any], Any],
        dim: int,
        architecture: Architecture,
        *,
        steps: int,
        batch: int,
        learning_rate: float,
        start_temperature: float,
        seed: int,
    ) -> dict[str, float]:
        """Build a flow and fit it; `seconds` from the call to the fitted flow, compilation in them."""
        ...

    def sample_and_log_prob(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """n samples, (n, dim), and their log-densities."""
        ...

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """The log-density of each row of x, in nats."""
        ...
