"""Flow++."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from surjax.distributions import Distribution, Embedded, Normal
from surjax.flow import Flow
from surjax.models.base import A_FEW, TWO_CORES, ImageModel, Preset, require_halvings
from surjax.nn import GatedAttentionConv, PixelFeatures, Unsized, VectorContext, WithoutContext
from surjax.train.config import TrainConfig
from surjax.transforms import (
    ActNorm,
    Chain,
    Checkerboard,
    Conv1x1,
    Coupling,
    Inverse,
    Logit,
    Parallel,
    Permute,
    Repeat,
    Scale,
    Sigmoid,
    Squeeze,
    dequantize,
    univariate,
)
from surjax.typing import Shape


@dataclass(frozen=True)
class FlowPP(ImageModel):
    """Couplings by mixtures of logistics with gated convolutions and attention inside, and variational
    dequantisation (Ho et al. 2019, Flow++).

    The settings for CIFAR-10: 31,443,440 parameters, as in the authors' code. The networks start from what a
    first batch shows, as theirs do, those of the dequantisation too.
    """

    conditional: ClassVar[bool] = True
    name: ClassVar[str] = "flowpp"
    summary: ClassVar[str] = "mixture-of-logistics couplings with attention (Ho et al. 2019, Flow++)"

    couplings: tuple[int, int, int] = (4, 2, 3)
    """How many couplings on the checkerboard, then, after a squeeze, by channels, and on its checkerboard."""
    components: int = 32
    """How many logistics a mixture has."""
    width: int = 96
    """The channels of the networks."""
    num_blocks: int = 10
    """How many blocks of gated convolution and attention each has."""
    heads: int = 4
    """How many heads of attention."""
    dequant_couplings: int = 4
    """How many couplings the dequantisation has."""
    dequant_blocks: int = 2
    """How many blocks each of its networks has."""
    dequant_features: int = 32
    """How many channels it makes of the image to see."""
    dropout: float = 0.2
    """The share of the numbers in the networks that training sets to 0."""
    alpha: float = 0.05
    """Pixels are put into [α, 1 − α] before their logit is taken."""
    compute_dtype: str = "float32"
    """In which numbers the networks compute: float32 or bfloat16."""
    remat: bool = False
    """Recompute the networks' blocks in the backward pass, to save memory."""

    presets: ClassVar = {
        "tiny": Preset(
            {
                "couplings": (2, 2, 2),
                "components": 2,
                "width": 4,
                "num_blocks": 1,
                "heads": 2,
                "dequant_couplings": 2,
                "dequant_blocks": 1,
                "dequant_features": 2,
            },
            {"steps": 20, "epochs": None, "batch_size": 8},
            A_FEW,
        ),
        "small": Preset(
            {
                "couplings": (2, 2, 2),
                "components": 4,
                "width": 32,
                "num_blocks": 1,
                "heads": 1,
                "dequant_couplings": 1,
                "dequant_blocks": 1,
                "dequant_features": 8,
                "dropout": 0.0,
            },
            {**TWO_CORES, "learning_rate": 1e-3},
        ),
    }

    def build(self, key: Any, shape: Shape = (3, 32, 32), bits: int = 8, context_size: int = 0) -> Flow:
        """Variational dequantisation, logits, and three stretches of couplings, over N(0, I)."""
        require_halvings(self, shape, 2)
        k1, k2, k3, k4 = jax.random.split(key, 4)
        squeezed = Squeeze().z_shape(shape)
        first, second, third = self.couplings
        network, seen = self._network(self.num_blocks), None
        if context_size:
            network, seen = VectorContext.of(network), (context_size,)
        transforms = (
            dequantize(shape, self._dequantization(shape, bits, k1, seen is not None)),
            Scale(0.5**bits),
            Logit(self.alpha),
            *self._on_checkerboard(shape, first, network, k2, seen),
            Squeeze(),
            self._steps(squeezed, second, network, k3, seen),
            *self._on_checkerboard(squeezed, third, network, k4, seen),
        )
        return Flow(Normal(squeezed), Chain(*transforms))

    def _dequantization(self, shape: Shape, bits: int, key: Any, given: bool = False) -> Distribution:
        """q(u | x): a flow from noise to [0, 1), written in that direction, which sees features of x."""
        first, second = jax.random.split(key)
        network = self._network(self.dequant_blocks)
        seen = (self.dequant_features, *Checkerboard(columns=True).z_shape(shape)[1:])
        steps = self._on_checkerboard(shape, self.dequant_couplings, network, second, seen)
        features = PixelFeatures(
            shape[0],
            self.dequant_features,
            num_values=2**bits,
            compute_dtype=self.compute_dtype,
            dropout=self.dropout,
            key=first,
        )
        noise = Flow(Normal(shape), Inverse(Chain(*steps, Sigmoid())))
        return Embedded(noise, WithoutContext(features) if given else features)

    def _on_checkerboard(
        self, shape: Shape, n: int, network: Unsized, key: Any, seen: Shape | None
    ) -> tuple[Checkerboard, Repeat, Inverse]:
        """n steps between the colours of a checkerboard: even and odd columns, as in the authors' code."""
        split = Checkerboard(columns=True)
        return split, self._steps(split.z_shape(shape), n, network, key, seen), Inverse(split)

    def _network(self, blocks: int) -> Unsized:
        return GatedAttentionConv.of(
            width=self.width,
            blocks=blocks,
            heads=self.heads,
            compute_dtype=self.compute_dtype,
            remat=self.remat,
            dropout=self.dropout,
        )

    def _steps(self, shape: Shape, n: int, network: Unsized, key: Any, seen: Shape | None) -> Repeat:
        """n times: ActNorm of every element, a 1×1 convolution of each half, a coupling; the halves swap."""
        half, *size = shape[0] // 2, *shape[1:]
        mixture = univariate.LogisticMixture(self.components, spread=1.0, min_scale=math.exp(-7))

        def step(key: Any) -> Chain:
            k1, k2, k3 = jax.random.split(key, 3)
            convs = [Conv1x1(half, "plain", "identity", key=k) for k in (k1, k2)]
            return Chain(
                ActNorm(shape, elements=True),
                Parallel(convs, (half, half), tuple(size)),
                Coupling.of(shape, mixture, network, context_shape=seen, key=k3),
                Permute(jnp.roll(jnp.arange(2 * half), half)),
            )

        return Repeat(step, n, key=key)

    @property
    def training(self) -> TrainConfig:
        """Adam in batches of 64 with warm-up, clipping and an average of the parameters, as in the authors'
        code; it sets no end, and this one is ours."""
        return TrainConfig(
            steps=None,
            epochs=400,
            batch_size=64,
            learning_rate=3e-4,
            warmup_steps=2000,
            clip_norm=1.0,
            ema_decay=0.999,
            initial_rows=128,
        )
