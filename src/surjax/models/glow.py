"""Glow."""

from dataclasses import dataclass
from typing import Any, ClassVar

import jax

from surjax.distributions import Conditional, Normal
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.models.base import A_FEW, TWO_CORES, ImageModel, Preset, require_halvings
from surjax.nn import GlowConv, VectorContext, ZeroConv
from surjax.train.config import TrainConfig
from surjax.transforms import (
    ActNorm,
    Chain,
    Conv1x1,
    Coupling,
    Repeat,
    Scale,
    Shift,
    Slice,
    Squeeze,
    Transform,
    dequantize,
    univariate,
)
from surjax.typing import Shape

COUPLINGS = {"affine": univariate.Affine("sigmoid"), "additive": univariate.Shift()}
"""What a coupling does to a number, by name."""


@dataclass(frozen=True)
class Glow(ImageModel):
    """ActNorm, an invertible 1×1 convolution and a coupling, K times at each of L levels
    (Kingma and Dhariwal 2018, Glow).

    The settings for CIFAR-10. Half of the channels are factored out after each level but the last, under a
    normal whose mean and scale a convolution of the other half gives.
    """

    conditional: ClassVar[bool] = True
    name: ClassVar[str] = "glow"
    summary: ClassVar[str] = "steps of ActNorm, 1×1 convolution and coupling (Kingma and Dhariwal 2018)"

    num_levels: int = 3
    """L: how many levels, with a squeeze before each."""
    num_steps: int = 32
    """K: how many steps at each level."""
    width: int = 512
    """The hidden channels of the networks."""
    coupling: str = "affine"
    """affine, or additive as in the paper's figures of samples."""
    parametrization: str = "lu"
    """How the 1×1 convolutions' matrices are written: lu or plain."""
    compute_dtype: str = "float32"
    """In which numbers the networks compute: float32 or bfloat16."""
    remat: bool = False
    """Recompute each step's activations in the backward pass, to save memory."""

    presets: ClassVar = {
        "tiny": Preset(
            {"num_levels": 2, "num_steps": 2, "width": 4},
            {"steps": 20, "epochs": None, "batch_size": 8},
            A_FEW,
        ),
        "small": Preset(
            {"num_steps": 8, "width": 96},
            {**TWO_CORES, "learning_rate": 3e-3},
        ),
    }

    def __post_init__(self) -> None:
        """Check the names."""
        super().__post_init__()
        if self.coupling not in COUPLINGS:
            raise ConfigError(f"coupling is {self.coupling!r} and must be one of {', '.join(COUPLINGS)}.")

    def build(self, key: Any, shape: Shape = (3, 32, 32), bits: int = 8, context_size: int = 0) -> Flow:
        """Dequantisation and the levels of steps, over a normal with a learned one for each channel."""
        require_halvings(self, shape, self.num_levels)
        transforms: list[Transform] = [dequantize(shape), Scale(0.5**bits), Shift(-0.5)]
        for i, k in enumerate(jax.random.split(key, self.num_levels)):
            shape = Squeeze().z_shape(shape)
            transforms += [Squeeze(), self._steps(shape, context_size, k)]
            if i < self.num_levels - 1:
                half = (shape[0] // 2, *shape[1:])
                seen = [half, (context_size,)] if context_size else half
                network = VectorContext.of(ZeroConv.of()) if context_size else ZeroConv.of()
                prior = Conditional.of(Normal(half), network, context_shape=seen, key=None)
                transforms.append(Slice(shape, half[0], prior))
                shape = half
        return Flow(Normal(shape, trainable=True, tied=(shape[0], 1, 1)), Chain(*transforms))

    def _steps(self, shape: Shape, context_size: int, key: Any) -> Repeat:
        """K steps of flow (the paper's figure 2a)."""
        tau, settings = COUPLINGS[self.coupling], {"width": self.width, "compute_dtype": self.compute_dtype}
        network, seen = GlowConv.of(**settings), None
        if context_size:
            network, seen = VectorContext.of(GlowConv.of(features=True, **settings)), (context_size,)

        def step(key: Any) -> Chain:
            first, second = jax.random.split(key)
            return Chain(
                ActNorm(shape),
                Conv1x1(shape[0], self.parametrization, key=first),
                Coupling.of(shape, tau, network, context_shape=seen, key=second),
            )

        return Repeat(step, self.num_steps, key=key, remat=self.remat)

    @property
    def training(self) -> TrainConfig:
        """Batches of 512 at 0.001 after ten epochs of warm-up, by Adamax as in the authors' code; the number
        of epochs is ours."""
        return TrainConfig(
            steps=None, epochs=1000, batch_size=512, learning_rate=1e-3, optimizer="adamax", warmup_epochs=10
        )
