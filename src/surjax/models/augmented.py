"""The augmented normalizing flow."""

from dataclasses import dataclass
from typing import Any, ClassVar

import jax

from surjax.distributions import Normal, Uniform
from surjax.flow import Flow
from surjax.models.base import A_FEW, TWO_CORES, ImageModel, Preset, require_halvings
from surjax.nn import DenseNet, VectorContext
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
    augment,
    dequantize,
    univariate,
)
from surjax.typing import Shape


@dataclass(frozen=True)
class AugmentedFlow(ImageModel):
    """A flow of the image and of noise beside it (Huang et al. 2020, Augmented Normalizing Flows).

    As many channels of noise as the image has are put beside its own, so that a coupling can move all of
    the image given the noise, and the noise given the image. The scales of couplings with densely
    connected networks are those of the SurVAE authors' example for CIFAR-10 (Nielsen et al. 2020).
    """

    conditional: ClassVar[bool] = True
    name: ClassVar[str] = "augmented"
    summary: ClassVar[str] = "augmented normalizing flow: noise channels beside the image (Huang et al. 2020)"

    num_scales: int = 3
    """How many scales; before each but the first, half of the numbers are factored out."""
    num_steps: int = 4
    """How many couplings at each."""
    num_noise: int | None = None
    """How many channels of noise (default: as many as the image has)."""
    width: int = 64
    """The channels at both ends of a dense block."""
    depth: int = 8
    """How many layers it has."""
    growth: int = 16
    """How many channels each of them adds."""
    compute_dtype: str = "float32"
    """In which numbers the networks compute: float32 or bfloat16."""
    remat: bool = False
    """Recompute each step's activations in the backward pass, to save memory."""

    presets: ClassVar = {
        "tiny": Preset(
            {"num_scales": 2, "num_steps": 2, "width": 4, "depth": 1, "growth": 2},
            {"steps": 20, "epochs": None, "batch_size": 8},
            A_FEW,
        ),
        "small": Preset({"width": 32, "depth": 3}, {**TWO_CORES}),
    }

    def build(self, key: Any, shape: Shape = (3, 32, 32), bits: int = 8, context_size: int = 0) -> Flow:
        """Dequantisation, augmentation and the scales of couplings, over N(0, I)."""
        require_halvings(self, shape, self.num_scales - 1)
        extra = shape[0] if self.num_noise is None else self.num_noise
        noise = Uniform((extra, *shape[1:]), -0.5, 0.5)  # as wide as the pixels
        transforms: list[Transform] = [dequantize(shape), Scale(0.5**bits), Shift(-0.5)]
        transforms.append(augment(shape, extra, noise))
        shape = (shape[0] + extra, *shape[1:])
        for i, k in enumerate(jax.random.split(key, self.num_scales)):
            if i:
                squeezed = Squeeze().z_shape(shape)
                shape = (squeezed[0] // 2, *squeezed[1:])
                transforms += [Squeeze(), Slice(squeezed, shape[0])]
            transforms.append(self._steps(shape, context_size, k))
        return Flow(Normal(shape), Chain(*transforms))

    def _steps(self, shape: Shape, context_size: int, key: Any) -> Repeat:
        """The first half of the channels moves the others; then all are normalised and mixed."""
        network = DenseNet.of(
            width=self.width, depth=self.depth, growth=self.growth, compute_dtype=self.compute_dtype
        )
        seen = (context_size,) if context_size else None
        network = VectorContext.of(network) if context_size else network

        def step(key: Any) -> Chain:
            first, second = jax.random.split(key)
            coupling = Coupling.of(shape, univariate.Affine(), network, context_shape=seen, key=first)
            return Chain(coupling, ActNorm(shape), Conv1x1(shape[0], key=second))

        return Repeat(step, self.num_steps, key=key, remat=self.remat)

    @property
    def training(self) -> TrainConfig:
        """Adam in batches of 32, as in that example, and ten times its ten epochs."""
        return TrainConfig(steps=None, epochs=100, batch_size=32, learning_rate=1e-3)
