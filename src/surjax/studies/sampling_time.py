"""How long a run's model takes to draw an image, measured once."""

import dataclasses
import time

import numpy as np

from surjax.data import ImageForm
from surjax.evaluate.sampling import sample_images
from surjax.runs import Run

DRAWN = 64
"""How many images are drawn together for it."""

SECONDS = "sampling_seconds_an_image"
"""What run.json calls it, in the run's result."""


def with_sampling_time(run: Run) -> Run:
    """A trained run of images whose result says how many seconds an image takes to draw, by the clock.

    They are measured where they are not there yet, while the compiled program draws `DRAWN` images a second
    time; run.json keeps them until the run is trained further. Raises what `Run.flow` does, and SurjaxError
    where the images do not fit into the memory or run.json cannot be written.
    """
    if SECONDS in run.record.result.more:
        return run
    flow, form = run.flow(), run.require(ImageForm)

    def draw() -> np.ndarray:
        return sample_images(flow, form, DRAWN, run.record.settings.training.seed).images

    draw()  # compiles it
    began = time.perf_counter()
    draw()
    seconds = (time.perf_counter() - began) / DRAWN
    record = dataclasses.replace(run.record, result=run.record.result.with_more(**{SECONDS: seconds}))
    record.write(run.folder)
    return dataclasses.replace(run, record=record)
