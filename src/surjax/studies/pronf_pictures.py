"""What a trained chain makes of small images: how near it comes to the true ones, and pictures of it."""

import dataclasses
from pathlib import Path

from surjax.data import ImageForm
from surjax.evaluate.sampling import sample_images
from surjax.files import make_folder
from surjax.models.stages import pyramids_of
from surjax.pictures.super_resolution import SuperResolved, draw_sizes, draw_super_resolution
from surjax.runs import Run
from surjax.runs.super_resolution import own_pictures, superresolve
from surjax.studies.sampling_time import DRAWN

IMAGES = 500
"""How many of the test images are measured, at most."""

DRAWS = 16
"""How often each is drawn, one by one and for the mean."""

QUALITY = "super_resolution"
"""What run.json calls what was measured, in the run's result."""

PICTURES = "super_resolution"
"""The folder of the pictures, in the run's."""

_SHOWN, _SAMPLES = 8, 16
"""How many test images a picture of a stage shows, and how many samples that of the sizes."""


def with_super_resolution(run: Run) -> Run:
    """A trained run of a chain whose result says how near its super-resolution comes to the true images.

    Each stage is given the test images at half of the size that it makes, as many as the run measured and
    `IMAGES` at most; the result has what `superresolve` tells of it, the stage of the largest image first.
    Pictures of that (`stage_picture`) and of samples at all sizes (`sizes_picture`) are drawn with it. All
    this is done where it is not there yet; run.json keeps the numbers until the run is trained further.
    Raises what `superresolve` does, and SurjaxError where a file cannot be written.
    """
    if QUALITY in run.record.result.more:
        return run
    flow, form, settings = run.flow(), run.require(ImageForm), run.record.settings
    seed = settings.training.seed
    rows = min(IMAGES, settings.data.test_rows or IMAGES)
    make_folder(run.folder / PICTURES)
    told = []
    for pyramid in pyramids_of(flow):
        sizes = {"start": pyramid.halved_shape[1], "to": pyramid.shape[1]}
        images = own_pictures(run, flow, "test", rows=rows, seed=settings.data.split_seed, **sizes)
        made = superresolve(run, flow, images, to=sizes["to"], n=DRAWS, seed=seed)
        draw_super_resolution(stage_picture(run, sizes["to"]), _first(made, _SHOWN), mean=True)
        told.append(made.told)
    samples = sample_images(flow, form, DRAWN, seed).images[:_SAMPLES]
    draw_sizes(sizes_picture(run), flow, samples, form)
    record = dataclasses.replace(run.record, result=run.record.result.with_more(**{QUALITY: told}))
    record.write(run.folder)
    return dataclasses.replace(run, record=record)


def stage_picture(run: Run, stage: int) -> Path:
    """The picture of what a stage, by the height that it makes, makes of test images of half the size."""
    return run.folder / PICTURES / f"{stage}.png"


def sizes_picture(run: Run) -> Path:
    """The picture of samples at all sizes, side by side."""
    return run.folder / PICTURES / "sizes.png"


def _first(made: SuperResolved, n: int) -> SuperResolved:
    """The first n of the images that were made larger."""
    names = ("small", "samples", "mean", "bicubic", "truth")
    return dataclasses.replace(made, **{name: getattr(made, name)[:n] for name in names})
