"""The AbsFlow of the SurVAE paper, in its two forms."""

from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp

from surjax.distributions import Bernoulli, Conditional, Normal, Uniform
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.models.base import VectorModel, require_plane
from surjax.models.baseline import PAPER_TRAINING, affine_couplings
from surjax.nn import MLP
from surjax.train.config import TrainConfig
from surjax.transforms import AbsoluteValue, Affine, Chain, Inverse, Logit, Softplus

RANGE_MAPS = ("logit", "softplus")


@dataclass(frozen=True)
class AbsFlowPaper(VectorModel):
    """|x|, a map of its range onto the line, and affine couplings (Nielsen et al. 2020).

    The symmetric densities of the study are the same in every quadrant: fair signs model that exactly,
    and the flow has one quadrant left to learn.
    """

    conditional: ClassVar[bool] = True
    name: ClassVar[str] = "absflow-paper"
    summary: ClassVar[str] = "absolute value and affine couplings, for symmetric data (Nielsen et al. 2020)"

    num_couplings: int = 4
    """How many affine couplings."""
    hidden: tuple[int, ...] = (200, 100)
    """The widths of the hidden layers in each coupling."""
    scale: str = "softplus"
    """How a network's output becomes a positive scale: exp, softplus, sigmoid or tanh_exp."""
    range_map: str = "logit"
    """logit for data inside ±extent, softplus (its inverse) for data without bounds."""
    extent: float = 4.0
    """The largest |x|, for the logit."""

    def __post_init__(self) -> None:
        """Check the range map."""
        super().__post_init__()
        if self.range_map not in RANGE_MAPS:
            raise ConfigError(f"range_map is {self.range_map!r} and must be one of {', '.join(RANGE_MAPS)}.")

    def build(self, key: Any, dim: int = 2, context_size: int = 0) -> Flow:
        """The paper's figure, as code."""
        if self.range_map == "logit":
            range_map = Chain(Affine((dim,), scale=1 / self.extent, trainable=False), Logit())
        else:
            range_map = Inverse(Softplus())
        couplings = affine_couplings(dim, self.num_couplings, self.hidden, self.scale, key, context_size)
        return Flow(Normal((dim,)), Chain(AbsoluteValue((dim,)), range_map, couplings))

    @property
    def training(self) -> TrainConfig:
        """As the paper's code trains."""
        return PAPER_TRAINING


@dataclass(frozen=True)
class AbsUniform(VectorModel):
    """The paper's model of the checkerboard: |x₁|, with its sign learned from z, over a uniform base.

    z = (|x₁|, x₂) is uniform, and which sign x₁ had follows from z: the whole density lies in the
    classifier p(sign | z) (Nielsen et al. 2020).
    """

    name: ClassVar[str] = "absuniform-paper"
    summary: ClassVar[str] = "absolute value with a learned sign over a uniform base (Nielsen et al. 2020)"

    hidden: tuple[int, ...] = (200, 100)
    """The widths of the classifier's hidden layers."""
    extent: float = 4.0
    """The data lie in the square between −extent and extent."""

    def build(self, key: Any, dim: int = 2, context_size: int = 0) -> Flow:
        """A classifier of the sign, over U([0, extent] × [−extent, extent])."""
        require_plane(self, dim)
        sign = Conditional.of(Bernoulli((1,)), MLP.of(hidden=self.hidden), context_shape=(2,), key=key)
        base = Uniform((2,), jnp.array([0.0, -self.extent]), jnp.array([self.extent, self.extent]))
        return Flow(base, AbsoluteValue((2,), sign, elements=(0,)))

    @property
    def training(self) -> TrainConfig:
        """As the paper's code trains."""
        return PAPER_TRAINING
