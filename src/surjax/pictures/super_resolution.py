"""Pictures of images at several sizes: of super-resolution, and of all the sizes of a progressive model."""

import dataclasses
import os
from typing import Any

import numpy as np

from surjax.data.image_form import ImageForm
from surjax.evaluate.image_quality import nearest
from surjax.evaluate.super_resolution import smaller_images
from surjax.flow import Flow
from surjax.models.stages import pyramids_of
from surjax.pictures.image_grid import write_grid

SHOWN_SAMPLES = 8
"""How many samples of an image a picture shows at most."""

SHOWN_ROWS = 64
"""How many images it shows at most."""


@dataclasses.dataclass(frozen=True, eq=False)
class SuperResolved:
    """What became of some images.

    Attributes:
        small: what was given, (k, C, h, w), like the others uint8, or uint16 of more than 8 bits.
        samples: (k, n, C, H, W), cut to the range that there is.
        mean: of the n samples of each image, rounded, (k, C, H, W).
        bicubic: the small images enlarged by bicubic interpolation.
        truth: the true large images, where they are known.
        form: the shape and bits of the large images.
        told: the numbers, as JSON; see `superresolve`.
    """

    small: np.ndarray
    samples: np.ndarray
    mean: np.ndarray
    bicubic: np.ndarray
    truth: np.ndarray | None
    form: ImageForm
    told: dict[str, Any]


def draw_super_resolution(path: str | os.PathLike, result: SuperResolved, mean: bool = False) -> None:
    """Draw a row an image: the input enlarged, bicubic, samples, their mean if asked for, the truth.

    At most `SHOWN_ROWS` images and `SHOWN_SAMPLES` samples of each are shown.

    Raises:
        ConfigError: the type of file is not .png.
        SurjaxError: it cannot be written.
    """
    _, _, height, width = result.bicubic.shape
    shown = min(result.samples.shape[1], SHOWN_SAMPLES)
    columns = {"input": nearest(result.small, (height, width)), "bicubic": result.bicubic}
    columns |= {f"sample {i + 1}": result.samples[:, i] for i in range(shown)}
    if mean:
        columns["mean"] = result.mean
    if result.truth is not None:
        columns["truth"] = result.truth
    rows = np.stack([images[:SHOWN_ROWS] for images in columns.values()], 1)
    write_grid(path, rows.reshape(-1, *result.form.shape), result.form, len(columns), list(columns))


def draw_sizes(path: str | os.PathLike, flow: Flow, images: np.ndarray, form: ImageForm) -> None:
    """Draw images of a progressive flow at all of its sizes, the smallest first, each enlarged alike.

    The sizes of an image lie side by side; of many images several lie in a row.

    Raises:
        ConfigError: the flow has no stages, or the type of file is not .png.
        SurjaxError: it cannot be written.
    """
    sizes = smaller_images(pyramids_of(flow), images)[::-1]
    enlarged = [nearest(one, (form.shape[1], form.shape[2])) for one in sizes]
    beside = max(1, round((len(images) / len(sizes)) ** 0.5))
    header = [f"{one.shape[2]} x {one.shape[3]}" for one in sizes] * beside
    write_grid(path, np.stack(enlarged, 1).reshape(-1, *form.shape), form, len(header), header)
