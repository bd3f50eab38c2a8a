"""What the benchmark asks of a library, and the architecture that every library builds."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

Kind = Literal["spline_coupling", "maf"]


@dataclass(frozen=True)
class Architecture:
    """The sizes of both flows; the base is a standard normal and every activation a ReLU.

    `spline_coupling` is a stack of rational-quadratic spline couplings (Durkan et al. 2019) whose
    halves swap roles from layer to layer; outside [-tail_bound, tail_bound] it is the identity.
    `maf` is a stack of affine masked autoregressive transforms (Papamakarios et al. 2017), the order
    of the dimensions reversed from layer to layer; its density takes one pass, its samples `dim`.
    """

    layers: int = 5
    width: int = 128  # of each hidden layer of a conditioner
    depth: int = 2  # hidden layers of a conditioner
    bins: int = 8
    tail_bound: float = 5.0


class Library(Protocol):
    """A flow library as the benchmark sees it. Arrays are float32 NumPy at this boundary.

    The file `<name>_flows.py` in this folder ends with `LIBRARY = <the class>`. One that has not both flows
    says in `kinds` which it has.
    """

    name: str
    version: str
    framework: str  # what it runs on, with its version
    parameters: int  # of the flow that was built last; masked weights count

    def build(self, kind: Kind, dim: int, config: Architecture, seed: int) -> None:
        """Build the flow that the other methods then use."""
        ...

    def train(self, x: np.ndarray, steps: int, batch: int, lr: float) -> tuple[float, float]:
        """Take `steps` Adam steps on the mean negative log-likelihood of shuffled batches of x.

        Returns the seconds that come before the steady state (compilation, or in a library without
        it one extra step that warms up), and the seconds of the `steps` steps. `batch` divides len(x).
        """
        ...

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """The log-density of each row of x, in nats."""
        ...

    def sample(self, n: int) -> np.ndarray:
        """n samples, shape (n, dim)."""
        ...
