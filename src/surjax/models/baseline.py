"""The affine coupling flow that the toy study starts from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from surjax.distributions import Normal
from surjax.flow import Flow
from surjax.models.base import VectorModel
from surjax.nn import MLP
from surjax.train.config import TrainConfig
from surjax.transforms import Chain, Coupling, Repeat, Reverse, univariate

PAPER_TRAINING = TrainConfig(steps=10_000, batch_size=128, learning_rate=1e-3)
"""Ten passes over 128,000 points in batches of 128 with Adam, as the paper's code trains."""


def affine_couplings(
    dim: int, n: int, hidden: Sequence[int], scale: str, key: Any, context_size: int = 0
) -> Repeat:
    """n affine couplings of half the entries, each followed by a reversal of their order."""
    seen = (context_size,) if context_size else None

    def step(key: Any) -> Chain:
        network = MLP.of(hidden=hidden)
        coupling = Coupling.of((dim,), univariate.Affine(scale), network, context_shape=seen, key=key)
        return Chain(coupling, Reverse())

    return Repeat(step, n, key=key)


@dataclass(frozen=True)
class Baseline(VectorModel):
    """The toy study's baseline: affine couplings over a standard normal (Nielsen et al. 2020)."""

    conditional: ClassVar[bool] = True
    name: ClassVar[str] = "baseline"
    summary: ClassVar[str] = "affine couplings, the toy study's baseline (Nielsen et al. 2020)"

    num_couplings: int = 4
    """How many affine couplings."""
    hidden: tuple[int, ...] = (200, 100)
    """The widths of the hidden layers in each coupling."""
    scale: str = "softplus"
    """How a network's output becomes a positive scale: exp, softplus, sigmoid or tanh_exp."""

    def build(self, key: Any, dim: int = 2, context_size: int = 0) -> Flow:
        """Couplings over N(0, I)."""
        couplings = affine_couplings(dim, self.num_couplings, self.hidden, self.scale, key, context_size)
        return Flow(Normal((dim,)), couplings)

    @property
    def training(self) -> TrainConfig:
        """As the paper's code trains."""
        return PAPER_TRAINING
