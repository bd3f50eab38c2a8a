"""RealNVP."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import jax

from surjax.distributions import Normal
from surjax.flow import Flow
from surjax.models.base import A_FEW, TWO_CORES, ImageModel, Preset, require_halvings
from surjax.nn import BoundedScale, OnCheckerboard, ResidualConv, Unsized, VectorContext
from surjax.train.config import TrainConfig
from surjax.transforms import (
    ActNorm,
    Chain,
    Checkerboard,
    Coupling,
    Inverse,
    Logit,
    Permute,
    Repeat,
    Reverse,
    Scale,
    Slice,
    Squeeze,
    Transform,
    dequantize,
    univariate,
)
from surjax.typing import Shape


@dataclass(frozen=True)
class RealNVP(ImageModel):
    """Affine couplings with checkerboard and channel masks, at several scales (Dinh et al. 2017, RealNVP).

    The settings for CIFAR-10 of section 4.1. The batch normalisation of couplings and networks is ActNorm
    here, whose statistics are those of a first batch: a model of one image cannot see the others.
    """

    conditional: ClassVar[bool] = True
    name: ClassVar[str] = "realnvp"
    summary: ClassVar[str] = "affine couplings with checkerboard and channel masks (Dinh et al. 2017)"

    num_scales: int = 2
    """How many scales; at each but the last, half of the numbers are factored out."""
    width: int = 64
    """The channels of the networks at the first scale; twice as many after each squeeze."""
    num_blocks: int = 8
    """How many residual blocks each network has."""
    alpha: float = 0.05
    """Pixels are put into [α, 1 − α] before their logit is taken."""
    compute_dtype: str = "float32"
    """In which numbers the networks compute: float32 or bfloat16."""
    remat: bool = False
    """Recompute the networks' blocks in the backward pass, to save memory."""

    presets: ClassVar = {
        "tiny": Preset({"width": 4, "num_blocks": 1}, {"steps": 20, "epochs": None, "batch_size": 8}, A_FEW),
        "small": Preset({"width": 16, "num_blocks": 2}, {**TWO_CORES}),
    }

    def build(self, key: Any, shape: Shape = (3, 32, 32), bits: int = 8, context_size: int = 0) -> Flow:
        """Dequantisation, logits and the scales of couplings, over N(0, I)."""
        require_halvings(self, shape, self.num_scales)
        transforms: list[Transform] = [dequantize(shape), Scale(0.5**bits), Logit(self.alpha)]
        width = self.width
        for i, k in enumerate(jax.random.split(key, self.num_scales)):
            first, second = jax.random.split(k)
            if i == self.num_scales - 1:
                transforms += self._checkerboard(shape, 4, width, context_size, first)
                break
            transforms += self._checkerboard(shape, 3, width, context_size, first)
            channels, shape, width = shape[0], Squeeze().z_shape(shape), 2 * width
            transforms += [Squeeze(), *self._channels(shape, 3, width, context_size, second)]
            transforms += [Permute(_diagonal_first(channels)), Slice(shape, 2 * channels)]
            shape = (2 * channels, *shape[1:])
        return Flow(Normal(shape), Chain(*transforms))

    def _checkerboard(self, shape: Shape, n: int, width: int, context_size: int, key: Any) -> list[Transform]:
        """n couplings in which the black pixels stay; after each the image is mirrored, so that black
        are those that were white."""
        board, colours = Checkerboard(), Checkerboard().z_shape(shape)

        def step(key: Any) -> Chain:
            network = OnCheckerboard.of(self._network(width, context_size))
            coupling = self._coupling(colours, network, context_size, key)
            return Chain(board, *coupling, Inverse(board), Reverse(axis=-1))

        return _there_and_back(step, n, Reverse(axis=-1), key)

    def _channels(self, shape: Shape, n: int, width: int, context_size: int, key: Any) -> list[Transform]:
        """n couplings in which the first half of the channels stays; after each their order is reversed."""

        def step(key: Any) -> Chain:
            network = self._network(width, context_size)
            return Chain(*self._coupling(shape, network, context_size, key), Reverse())

        return _there_and_back(step, n, Reverse(), key)

    def _network(self, width: int, context_size: int) -> Unsized:
        network = ResidualConv.of(
            width=width, blocks=self.num_blocks, compute_dtype=self.compute_dtype, remat=self.remat
        )
        return VectorContext.of(network) if context_size else network

    def _coupling(self, shape: Shape, network: Unsized, context_size: int, key: Any) -> list[Transform]:
        seen, bounded = (context_size,) if context_size else None, BoundedScale.of(network)
        coupling = Coupling.of(shape, univariate.Affine(), bounded, context_shape=seen, key=key)
        return [ActNorm(shape), coupling]

    @property
    def training(self) -> TrainConfig:
        """Adam in batches of 64 with a penalty on the scales of weights and images mirrored at random, as in
        the paper; the number of epochs is ours."""
        return TrainConfig(
            steps=None, epochs=500, batch_size=64, learning_rate=1e-3, scale_penalty=5e-5, flip=True
        )


def _there_and_back(step: Callable[[Any], Chain], n: int, turn: Reverse, key: Any) -> list[Transform]:
    """n steps that each end with a turn, and one more turn where that would leave the image turned."""
    return [Repeat(step, n, key=key), *([turn] if n % 2 else [])]


def _diagonal_first(channels: int) -> list[int]:
    """The channels of a squeezed image with those on the diagonal of each 2 × 2 window before the others.

    What is kept is then half of a checkerboard (the paper's figure 3).
    """
    return [4 * c + place for place in (0, 3, 1, 2) for c in range(channels)]
