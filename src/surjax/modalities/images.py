"""Images: whole numbers on a grid of pixels."""

import math
from pathlib import Path
from typing import Any, ClassVar

from surjax.data import Form, ImageConfig, ImageForm
from surjax.data.images.pixels import write_images
from surjax.evaluate.sampling import sample_images
from surjax.files import make_folder
from surjax.flow import Flow
from surjax.modalities.modality import ARRAYS, Draw, Modality, Subject
from surjax.models.base import ImageModel, ModelConfig
from surjax.pictures.image_grid import write_grid
from surjax.pictures.samples import OF_EACH_LABEL, draw_samples
from surjax.pictures.super_resolution import draw_sizes
from surjax.train import TrainConfig
from surjax.train.augment import cropped_shape


class ImageModality(Modality):
    """Images, whose likelihoods are told in bits/dim.

    A model is shown by its samples, at each evaluation and at the end; samples are a grid or an array of
    pixels.
    """

    models: ClassVar = ImageModel
    data: ClassVar = ImageConfig
    large: ClassVar[bool] = True
    suffixes: ClassVar[tuple[str, ...]] = (".png", *ARRAYS)
    samples: ClassVar[int] = 64
    result_picture: ClassVar[str | None] = "samples.png"
    draws_progress: ClassVar[bool] = True

    def dimensions(self, model: ModelConfig, form: Form, training: TrainConfig) -> int | None:
        """How many numbers an image, or a crop of it, has that the model makes."""
        assert isinstance(model, ImageModel)
        cropped = math.prod(cropped_shape(form.shape, training.crop))
        return model.dimensions(form.shape) * cropped // form.dimensions

    def draw(self, subject: Subject, path: Path) -> None:
        """A grid of samples."""
        make_folder(path.parent)
        form = ImageForm.require(subject.form, subject.title)
        draw_samples(subject.flow, form, subject.seed, path)

    def of_each(self, draw: Draw) -> int:
        """As many as are asked for; else 64 in all, or `OF_EACH_LABEL` where several labels are given."""
        several = draw.given is not None and len(draw.given) > 1
        return draw.n or (OF_EACH_LABEL if several else self.samples)

    def write_samples(self, flow: Flow, form: Form, path: Path, draw: Draw, sizes: bool) -> dict[str, Any]:
        """A grid, or an array of pixels; how many numbers had to be cut to be pixels is told.

        Of several labels that are given each has a row of the grid.
        """
        n, form, context = self.number(draw), ImageForm.require(form, "the model"), self.context(draw)
        how: Any = {"temperature": draw.temperature, "chunk": draw.chunk, "context": context}
        images, cut, broken = sample_images(flow, form, n, draw.seed, **how)
        if sizes:
            draw_sizes(path, flow, images, form)
        elif path.suffix.lower() == ".png":
            several = draw.given is not None and len(draw.given) > 1
            write_grid(path, images, form, self.of_each(draw) if several else None)
        else:
            write_images(path, images)
        return {"n": n, "cut_share": cut / images.size, "broken": broken}
