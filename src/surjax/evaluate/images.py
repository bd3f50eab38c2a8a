"""Pictures of images: samples, reconstructions and interpolations in a grid."""

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from surjax.data.form import ImageForm
from surjax.errors import ConfigError
from surjax.files import write_atomically

_SIDE = 64
_GAP = 2
_HEADER = 14


class Pixels(NamedTuple):
    """Images as they are stored, and what that took.

    images: uint8 from 0 to 2^bits − 1. cut: how many numbers lay outside and were cut off. broken: how many
    images had numbers that are not finite, which are 0 there.
    """

    images: np.ndarray
    cut: int
    broken: int


def pixels_of(x: Any, form: ImageForm) -> Pixels:
    """Examples or samples (…, C, H, W) as pixels: rounded, cut off outside the range, and how many were.

    >>> pixels_of(np.array([[[300.0, 3.0, np.nan]]]), ImageForm((1, 1, 3), 5))
    Pixels(images=array([[[31,  3,  0]]], dtype=uint8), cut=1, broken=1)
    """
    values = np.asarray(x, np.float64)
    finite = np.isfinite(values)
    rounded = np.rint(np.where(finite, values, 0))
    images = np.clip(rounded, 0, form.levels - 1)
    broken = int((~finite).any((-3, -2, -1)).sum())
    return Pixels(images.astype(np.uint8), int((images != rounded).sum()), broken)


def to_pixels(x: Any, form: ImageForm) -> np.ndarray:
    """Examples or samples (…, C, H, W) as uint8 from 0 to 2^bits − 1: rounded, and cut off outside.

    >>> to_pixels(np.full((1, 1, 1), 300.0), ImageForm((1, 1, 1), 5)).tolist()
    [[[31]]]
    """
    return pixels_of(x, form).images


def to_8_bits(images: np.ndarray, form: ImageForm) -> np.ndarray:
    """Images of uint8 from 0 to 2^bits − 1, their values spread over all of 0 to 255.

    >>> to_8_bits(np.array([0, 1, 3], np.uint8), ImageForm((1, 1, 3), 2)).tolist()
    [0, 85, 255]
    """
    table = np.rint(np.arange(form.levels) * (255 / (form.levels - 1))).astype(np.uint8)
    return table[np.asarray(images)]


def grid(
    images: np.ndarray, form: ImageForm, columns: int | None = None, header: Sequence[str] = ()
) -> np.ndarray:
    """Images (n, C, H, W) in rows, on white, as one picture (height, width, 3) of uint8.

    Small images are enlarged by a whole factor; the values of few bits are spread over all 8.

    Args:
        images: uint8 from 0 to 2^bits − 1.
        form: their shape and bits.
        columns: how many lie side by side; without it, about the root of n.
        header: the names of the columns, which stand above them; without it, none do.
    """
    columns = columns or math.ceil(math.sqrt(len(images)))
    rows = -(-len(images) // columns)
    factor = max(1, _SIDE // max(form.shape[1:]))
    shown = to_8_bits(images, form).repeat(factor, 2).repeat(factor, 3).transpose(0, 2, 3, 1)
    height, width = shown.shape[1:3]
    canvas = np.full((rows * (height + _GAP) + _GAP, columns * (width + _GAP) + _GAP, 3), 255, np.uint8)
    for i, image in enumerate(shown):
        row, column = divmod(i, columns)
        top, left = _GAP + row * (height + _GAP), _GAP + column * (width + _GAP)
        canvas[top : top + height, left : left + width] = image
    return np.concatenate([_named(header, width, canvas.shape[1]), canvas]) if header else canvas


def _named(names: Sequence[str], width: int, whole: int) -> np.ndarray:
    """A strip of names above columns of so many pixels each, cut where a column ends."""
    from PIL import Image, ImageDraw

    strip = np.full((_HEADER, whole, 3), 255, np.uint8)
    for i, name in enumerate(names):
        label = Image.new("L", (width, _HEADER), 255)
        ImageDraw.Draw(label).text((0, 1), name, fill=0)
        left = _GAP + i * (width + _GAP)
        strip[:, left : left + width] = np.asarray(label)[..., None]
    return strip


def write_grid(
    path: str | os.PathLike,
    images: np.ndarray,
    form: ImageForm,
    columns: int | None = None,
    header: Sequence[str] = (),
) -> None:
    """Write a `grid` as a .png, whole or not at all.

    Raises:
        ConfigError: the type of file is another.
        SurjaxError: it cannot be written.
    """
    from PIL import Image

    path = Path(path)
    if path.suffix.lower() != ".png":
        raise ConfigError(f"{path} ends in {path.suffix or 'nothing'!r}: pictures of images are .png.")
    picture = Image.fromarray(grid(images, form, columns, header))
    with write_atomically(path) as temporary, temporary.open("wb") as file:
        picture.save(file, format="png")
