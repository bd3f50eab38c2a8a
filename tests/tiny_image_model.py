"""A model of images that takes a moment, for the tests of everything around models."""

from dataclasses import dataclass
from typing import Any, ClassVar

import surjax as sx
from surjax.models.base import ImageModel, Preset, StagedModel, require_halvings
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


@dataclass(frozen=True)
class TinyStagedModel(StagedModel):
    """Pyramids whose details are independent normals, over a normal."""

    name: ClassVar[str] = "tiny-staged"
    summary: ClassVar[str] = "a model in stages for tests"

    stage: int | None = None
    """One stage alone."""
    pyramid: str = "mean"
    """The kind of pyramid."""

    def stages(self, shape: Shape) -> tuple[int, ...]:
        require_halvings(self, shape, 2)
        return (shape[1], shape[1] // 2, shape[1] // 4)

    def build(self, key: Any, shape: Shape = (3, 32, 32), bits: int = 8) -> sx.Flow:
        self.require_stage(shape)
        pyramids = []
        for i, stage in enumerate(self.stages(shape)[:-1]):
            pyramid = self.build_pyramid(key, i, shape, bits)
            if self.stage not in (None, stage):
                pyramid = sx.Pyramid(shape, sx.Given(pyramid.decoder.shape), self.pyramid)
            pyramids.append(pyramid)
            shape = pyramid.halved_shape
        modelled = self.stage in (None, shape[1])
        return sx.Flow(_numbers(shape, bits) if modelled else sx.Given(shape), sx.Chain(*pyramids))

    def build_pyramid(self, key: Any, index: int, shape: Shape, bits: int = 8) -> sx.Pyramid:
        details = (3 * shape[0], shape[1] // 2, shape[2] // 2)
        return sx.Pyramid(shape, _numbers(details, bits), self.pyramid)

    @property
    def training(self) -> TrainConfig:
        return TrainConfig(steps=8, batch_size=16, learning_rate=0.01, eval_every=4)


def _numbers(shape: Shape, bits: int) -> sx.Flow:
    return sx.Flow(sx.Normal(shape), sx.Chain(sx.dequantize(shape), sx.Scale(0.5**bits), sx.ActNorm(shape)))
