"""The pictures of samples that a training draws of its model: the same noise every time, to be compared."""

import os

import jax
import numpy as np

from surjax.data import DataSet, ImageForm
from surjax.data.images.pixels import to_pixels
from surjax.evaluate.image_quality import nearest
from surjax.evaluate.sampling import sample_images
from surjax.evaluate.super_resolution import smaller_images, super_resolve
from surjax.flow import Flow
from surjax.models.stages import is_given, pyramids_of, stage_shapes, stages_of
from surjax.pictures.image_grid import write_grid

_SAMPLES = 64
"""How many samples a picture shows."""

_ROWS, _DRAWS = 8, 6
"""Of a stage: how many images are made larger, and how often each."""


OF_EACH_LABEL = 8
"""How many samples it shows of each label, where the model is given one."""

_LABELS = 16
"""Of how many labels it shows samples."""


def draw_samples(flow: Flow, form: ImageForm, seed: int, path: str | os.PathLike) -> None:
    """A grid of samples; of a model that is given a label a row for each, in the order of the classes."""
    if not form.given:
        write_grid(path, sample_images(flow, form, _SAMPLES, seed).images, form)
        return
    labels = np.arange(min(len(form.given[0].categories), _LABELS), dtype=np.float64)
    context = np.repeat(labels[:, None], OF_EACH_LABEL, 0)
    drawn = sample_images(flow, form, len(context), seed, context=context).images
    write_grid(path, drawn, form, OF_EACH_LABEL)


def draw_stage(flow: Flow, form: ImageForm, held_out: DataSet, seed: int, path: str | os.PathLike) -> None:
    """What a stage of a model, which is given the others, makes of images that it was not trained on.

    Each row is the smaller image, `_DRAWS` draws of the larger one and the true one; of the stage of the
    smallest image it is a grid of samples.
    """
    stages, pyramids = stages_of(flow), pyramids_of(flow)
    index = next(i for i, stage in enumerate(stages) if not is_given(stage))
    made = ImageForm(stage_shapes(flow)[index], form.bits)
    if index == len(pyramids):
        draw_samples(flow.base, made, seed, path)  # type: ignore[arg-type]
        return
    images = np.asarray(held_out.values[np.arange(min(_ROWS, len(held_out)))])
    *_, truth, small = smaller_images(pyramids[: index + 1], images)
    _, height, width = made.shape
    drawn = super_resolve(flow, small, jax.random.key(seed), to=height, n=_DRAWS, bits=form.bits)
    rows = [nearest(small, (height, width))[:, None], to_pixels(drawn, made), truth[:, None]]
    write_grid(path, np.concatenate(rows, 1).reshape(-1, *made.shape), made, columns=_DRAWS + 2)
