"""Images side by side in one picture."""

import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from surjax.data.image_form import ImageForm
from surjax.data.images.pixels import to_8_bits
from surjax.errors import ConfigError
from surjax.files import write_atomically

_SIDE = 64
_GAP = 2
_HEADER = 14


def grid(
    images: np.ndarray, form: ImageForm, columns: int | None = None, header: Sequence[str] = ()
) -> np.ndarray:
    """Images (n, C, H, W) in rows, on white, as one picture (height, width, 3) of uint8.

    Small images are enlarged by a whole factor; the values of fewer bits than 8 are spread over all 8, those
    of more rounded.

    Args:
        images: whole numbers from 0 to 2^bits − 1.
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
