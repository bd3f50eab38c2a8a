"""A model of images that takes a moment, for the tests of everything around models."""

from dataclasses import dataclass
from typing import Any, ClassVar

import surjax as sx
from surjax.models.base import ImageModel, Preset, require_halvings
from surjax.train import TrainConfig
from surjax.typing import Shape


@dataclass(frozen=True)
class TinyImageModel(ImageModel):
    """Dequantisation, a squeeze, ActNorm, and a slice of the channels."""

    name: ClassVar[str] = "tiny-image"
    summary: ClassVar[str] = "a model of images for tests"

    kept: int = 3
    """How many channels the slice keeps."""
    remat: bool = False
    """No matter."""

    presets: ClassVar = {"tiny": Preset({"kept": 2}, {"steps": 6})}

    def build(self, key: Any, shape: Shape = (3, 32, 32), bits: int = 8) -> sx.Flow:
        require_halvings(self, shape, 1)
        small = sx.Squeeze().z_shape(shape)
        return sx.Flow(
            sx.Normal((self.kept, *small[1:])),
            sx.Chain(
                sx.dequantize(shape),
                sx.Scale(0.5**bits),
                sx.Squeeze(),
                sx.ActNorm(small),
                sx.Slice(small, self.kept),
            ),
        )

    @property
    def training(self) -> TrainConfig:
        return TrainConfig(steps=8, batch_size=16, learning_rate=0.01, eval_every=4)
