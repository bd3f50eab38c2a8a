"""surjax's own model of tables."""

from dataclasses import dataclass
from typing import Any, ClassVar

from surjax.data.column import Schema
from surjax.distributions import StudentMixture
from surjax.embedding import Embedding
from surjax.flow import Flow
from surjax.models.base import VectorModel
from surjax.models.columns import embedded
from surjax.nn import MADE
from surjax.train.config import TrainConfig
from surjax.transforms import (
    Chain,
    JohnsonSU,
    MarginalMixture,
    MaskedAutoregressive,
    Parallel,
    Transform,
    Whiten,
    univariate,
)


@dataclass(frozen=True)
class Tabular(VectorModel):
    """A strong classical model to start from, and a flow that improves on it as far as the data allow.

    Before the first step, data-dependent initialisation has made each column about normal (Johnson's S_U
    map, then a mixture where that is not enough), removed their correlation, and found a Bayesian mixture
    for what is left. The autoregressive layer starts at the identity; training by validation moves all of
    it from there, and a table of a few hundred rows keeps what it started with. What is given goes the same
    way, and the mixture is found of both together: a conditional model starts at what the joint one implies.
    """

    conditional: ClassVar[bool] = True
    name: ClassVar[str] = "tabular"
    summary: ClassVar[str] = (
        "smooth marginals, whitening and a Bayesian mixture, refined; for tables of any size"
    )

    num_components: int = 8
    """Components of the mixture, of which the data use as many as they need."""
    restarts: int = 4
    """From how many starts the mixture is found; the densities are averaged."""
    marginal_components: int = 8
    """Components of each column's own mixture."""
    hidden: tuple[int, ...] = (64, 64)
    """The widths of the autoregressive layer's hidden layers."""

    def build(self, key: Any, dim: int = 2, context_size: int = 0) -> Flow:
        """Columns made normal, an autoregressive layer, whitening, over a mixture of Students."""
        affine = univariate.Affine("tanh_exp")
        made = MADE.of(hidden=self.hidden, zero_last=True)
        seen = (context_size,) if context_size else None
        return Flow(
            StudentMixture(dim, self.num_components, self.restarts, context_size=context_size),
            Chain(
                *self._made_normal(dim),
                MaskedAutoregressive.of((dim,), affine, made, context_shape=seen, key=key),
                Whiten(dim, context_size),
            ),
        )

    def _made_normal(self, dim: int) -> tuple[Transform, Transform]:
        return JohnsonSU((dim,)), MarginalMixture((dim,), self.marginal_components)

    def embed(self, given: Schema) -> tuple[int, Embedding]:
        """The columns that are given made normal and white, as those that are modelled are."""
        size, features = embedded(given, without_last=True)
        numbers = sum(column.kind != "categorical" for column in given)
        normal = [(Chain(*self._made_normal(numbers)), numbers), (Chain(), size - numbers)]
        blocks = Parallel(*zip(*[(part, n) for part, n in normal if n], strict=True))
        return size, Embedding(*features.parts, blocks, Whiten(size))

    @property
    def training(self) -> TrainConfig:
        """Small steps with weight decay and a moving average, stopped early."""
        return TrainConfig(
            steps=1000,
            batch_size=128,
            learning_rate=3e-4,
            optimizer="adamw",
            weight_decay=1e-2,
            schedule="cosine",
            warmup_steps=100,
            clip_norm=5.0,
            ema_decay=0.99,
            eval_every=20,
            patience=10,
        )
