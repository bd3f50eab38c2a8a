"""The pictures that a training of images draws of its model: the same noise every time, to be compared."""

from pathlib import Path

import jax
import numpy as np

from surjax.data.form import ImageForm
from surjax.evaluate.image_quality import nearest
from surjax.evaluate.images import to_pixels, write_grid
from surjax.evaluate.super_resolution import smaller_images, super_resolve
from surjax.files import make_folder
from surjax.flow import Flow
from surjax.models.base import StagedModel
from surjax.models.stages import is_given, pyramids_of, stage_shapes, stages_of
from surjax.runs.data import Splits
from surjax.runs.images import sample_images
from surjax.runs.record import RunRecord

_SAMPLES = 64
"""How many samples a picture shows."""

_ROWS, _DRAWS = 8, 6
"""Of a stage: how many images are made larger, and how often each."""


def draw_images(flow: Flow, record: RunRecord, splits: Splits, path: Path) -> None:
    """A grid of samples; of a stage alone, what it makes of images that it was not trained on.

    Each row is then the smaller image, `_DRAWS` draws of the larger one and the true one.
    """
    form, seed = record.form, record.settings.training.seed
    assert isinstance(form, ImageForm)
    make_folder(path.parent)
    model = record.settings.model
    if isinstance(model, StagedModel) and model.stage is not None:
        _draw_stage(flow, form, splits, seed, path)
    else:
        write_grid(path, sample_images(flow, form, _SAMPLES, seed).images, form)


def _draw_stage(flow: Flow, form: ImageForm, splits: Splits, seed: int, path: Path) -> None:
    stages, pyramids = stages_of(flow), pyramids_of(flow)
    index = next(i for i, stage in enumerate(stages) if not is_given(stage))
    made = ImageForm(stage_shapes(flow)[index], form.bits)
    if index == len(pyramids):
        write_grid(path, sample_images(flow.base, made, _SAMPLES, seed).images, made)  # type: ignore[arg-type]
        return
    part = splits.validation or splits.train
    images = np.asarray(part.values[np.arange(min(_ROWS, len(part)))])
    *_, truth, small = smaller_images(pyramids[: index + 1], images)
    _, height, width = made.shape
    drawn = super_resolve(flow, small, jax.random.key(seed), to=height, n=_DRAWS, bits=form.bits)
    rows = [nearest(small, (height, width))[:, None], to_pixels(drawn, made), truth[:, None]]
    write_grid(path, np.concatenate(rows, 1).reshape(-1, *made.shape), made, columns=_DRAWS + 2)
