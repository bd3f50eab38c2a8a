"""surjax's own AbsFlow."""

from dataclasses import dataclass
from typing import Any, ClassVar

import jax

from surjax.distributions import Bernoulli, Conditional, Normal
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.models.base import VectorModel, require_plane
from surjax.nn import MLP, OneBlob, Unsized
from surjax.train.config import TrainConfig
from surjax.transforms import (
    AbsoluteValue,
    Chain,
    ConditionalElementwise,
    Coupling,
    Gaussianize,
    Inverse,
    Softplus,
    Transform,
    univariate,
)

SIGNS = ("fair", "learned")


@dataclass(frozen=True)
class AbsFlow(VectorModel):
    """|x|, each coordinate made normal, and one spline coupling that sees the other coordinate sharply.

    What it changes against the paper's: the marginals start at their quantiles (`Gaussianize`), so
    that nothing is left to learn but the dependence; and one rational-quadratic spline conditioned on a
    one-blob encoding stands for four affine couplings, so that edges and gaps can be drawn. With
    signs="learned" each sign is predicted from z, for densities whose quadrants differ.
    """

    conditional: ClassVar[bool] = True
    name: ClassVar[str] = "absflow"
    summary: ClassVar[str] = "absolute value, Gaussianised marginals and a spline coupling; our best in 2-D"

    signs: str = "fair"
    """fair: the density is the same in every quadrant; learned: each sign is predicted from z."""
    marginal_bins: int = 48
    """Bins of the spline that makes each coordinate normal."""
    num_bins: int = 24
    """Bins of the coupling's spline."""
    hidden: tuple[int, ...] = (64, 64)
    """The widths of the hidden layers, in the coupling and in the classifiers of signs."""
    num_blobs: int = 32
    """How finely a network's input is encoded."""
    extent: float = 4.0
    """About the largest |x|: the scale of what the classifiers of signs see."""

    def __post_init__(self) -> None:
        """Check the signs."""
        super().__post_init__()
        if self.signs not in SIGNS:
            raise ConfigError(f"signs is {self.signs!r} and must be one of {', '.join(SIGNS)}.")

    def build(self, key: Any, dim: int = 2, context_size: int = 0) -> Flow:
        """The whole model, from the data to the normal base. What is given moves each coordinate by a spline
        of its own too, and tells signs that are learned."""
        require_plane(self, dim)
        key, *sign_keys = jax.random.split(key, 3)
        spline = univariate.RationalQuadraticSpline(
            self.num_bins, (-4.5, 4.5), min_size=1e-5, min_derivative=1e-5
        )
        network = OneBlob.of(self._mlp(), num_blobs=self.num_blobs)
        seen, given = None, []
        if context_size:
            key, own = jax.random.split(key)
            seen = (context_size,)
            move = ConditionalElementwise.of((2,), spline, self._mlp(), context_shape=seen, key=own)
            given = [move]
        return Flow(
            Normal((2,)),
            Chain(
                *self._absolute(sign_keys, context_size),
                Inverse(Softplus()),
                Gaussianize((2,), self.marginal_bins),
                *given,
                Coupling.of((2,), spline, network, context_shape=seen, key=key),
            ),
        )

    def _absolute(self, keys: list[Any], context_size: int) -> list[Transform]:
        """Both signs dropped: fair coins, or the first one told from z and then the second."""
        if self.signs == "fair":
            return [AbsoluteValue((2,))]
        classifier = OneBlob.of(self._mlp(), num_blobs=self.num_blobs, scale=self.extent / 2)
        seen = [(2,), (context_size,)] if context_size else (2,)
        signs = [Conditional.of(Bernoulli((1,)), classifier, context_shape=seen, key=key) for key in keys]
        return [AbsoluteValue((2,), sign, elements=(i,)) for i, sign in enumerate(signs)]

    def _mlp(self) -> Unsized:
        return MLP.of(hidden=self.hidden, zero_last=True)

    @property
    def training(self) -> TrainConfig:
        """A thousand large steps, with the learning rate falling to 0."""
        return TrainConfig(
            steps=1000,
            batch_size=1024,
            learning_rate=1e-2,
            warmup_steps=50,
            schedule="cosine",
            initial_rows=131_072,
        )
