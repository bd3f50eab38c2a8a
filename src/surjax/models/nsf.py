"""Neural spline flow, with coupling layers."""

from dataclasses import dataclass
from typing import Any, ClassVar

import jax

from surjax.distributions import Normal
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.models.base import VectorModel
from surjax.nn import ResidualMLP
from surjax.train.config import TrainConfig
from surjax.transforms import ActNorm, Chain, Coupling, LULinear, Repeat, univariate


@dataclass(frozen=True)
class NSF(VectorModel):
    """RQ-NSF (C): a linear map in LU form and a rational-quadratic coupling, again and again
    (Durkan et al. 2019a).

    One ActNorm in front puts the data on the scale of the splines' interval.
    """

    conditional: ClassVar[bool] = True
    name: ClassVar[str] = "nsf"
    summary: ClassVar[str] = "neural spline flow with couplings, RQ-NSF (C) (Durkan et al. 2019a)"

    num_steps: int = 10
    """How many times a linear map and a coupling."""
    num_bins: int = 8
    """Bins of each spline."""
    bound: float = 3.0
    """The splines lie between −bound and bound; outside, the identity."""
    width: int = 256
    """The width of the residual networks."""
    num_blocks: int = 2
    """How many residual blocks each of them has."""

    def build(self, key: Any, dim: int = 2, context_size: int = 0) -> Flow:
        """Steps of LU linear and spline coupling, over N(0, I)."""
        if dim < 2:
            raise ConfigError("nsf couples columns and the data have 1: use maf or tabular.")
        spline = univariate.RationalQuadraticSpline(self.num_bins, (-self.bound, self.bound))
        network = ResidualMLP.of(width=self.width, blocks=self.num_blocks)
        seen = (context_size,) if context_size else None

        def step(key: Any) -> Chain:
            first, second = jax.random.split(key)
            coupling = Coupling.of((dim,), spline, network, context_shape=seen, key=second)
            return Chain(LULinear(dim, key=first), coupling)

        steps = Repeat(step, self.num_steps, key=key)
        return Flow(Normal((dim,)), Chain(ActNorm((dim,), robust=True), steps))

    @property
    def training(self) -> TrainConfig:
        """Adam in batches of 512 with a cosine schedule, as in the paper, stopped early."""
        return TrainConfig(
            steps=20_000,
            batch_size=512,
            learning_rate=5e-4,
            schedule="cosine",
            clip_norm=5.0,
            eval_every=200,
            patience=30,
        )
