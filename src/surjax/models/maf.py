"""Masked autoregressive flow."""

from dataclasses import dataclass
from typing import Any, ClassVar

from surjax.distributions import Normal
from surjax.flow import Flow
from surjax.models.base import VectorModel
from surjax.nn import MADE
from surjax.train.config import TrainConfig
from surjax.transforms import ActNorm, Chain, MaskedAutoregressive, Repeat, Reverse, univariate


@dataclass(frozen=True)
class MAF(VectorModel):
    """Affine autoregressive layers, their order reversed in between (Papamakarios et al. 2017).

    ActNorm, which also puts the data on a common scale, stands where the paper has batch normalisation:
    its likelihood does not depend on the other rows of a batch.
    """

    conditional: ClassVar[bool] = True
    name: ClassVar[str] = "maf"
    summary: ClassVar[str] = "masked autoregressive flow, MAF (Papamakarios et al. 2017)"

    num_layers: int = 5
    """How many autoregressive layers."""
    hidden: tuple[int, ...] = (100, 100)
    """The widths of each MADE's hidden layers."""
    activation: str = "relu"
    """The activation of the hidden layers."""

    def build(self, key: Any, dim: int = 2, context_size: int = 0) -> Flow:
        """Layers of ActNorm, MADE and reversal, over N(0, I)."""
        affine = univariate.Affine("tanh_exp")
        made = MADE.of(hidden=self.hidden, activation=self.activation, zero_last=True)
        seen = (context_size,) if context_size else None

        def layer(key: Any) -> Chain:
            autoregressive = MaskedAutoregressive.of((dim,), affine, made, context_shape=seen, key=key)
            return Chain(ActNorm((dim,), robust=True), autoregressive, Reverse())

        return Flow(Normal((dim,)), Repeat(layer, self.num_layers, key=key))

    @property
    def training(self) -> TrainConfig:
        """Adam in batches of 100, stopped early, as in the paper."""
        return TrainConfig(
            steps=20_000, batch_size=100, learning_rate=1e-4, clip_norm=5.0, eval_every=200, patience=30
        )
