"""Folders of image files."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from surjax.data.images.image_set import ImageSet
from surjax.data.lazy import LazyRows, fits_in_memory
from surjax.errors import DataError
from surjax.typing import Shape

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".ppm", ".pgm", ".tif", ".tiff", ".webp")
"""The types of file that are taken."""

_MODES = dict.fromkeys(("RGB", "RGBA", "P", "CMYK", "YCbCr"), "RGB") | {"L": "L", "LA": "L", "1": "L"}
"""The modes of Pillow that are taken, and what they become."""


def read_folder(folder: Path) -> ImageSet:
    """Read every image in a folder and the folders in it, in the order of their names.

    Images are grey or RGB; where there are both, the grey ones become RGB. Where each lies in a folder
    inside this one, that is its class. Where they may be too large for the memory together, they are
    decoded when they are asked for, and only the beginning of each file is looked at here.

    Raises:
        DataError: there are none, one is damaged, has transparent pixels or more than 8 bits, or is of
            another size than the first; of images that are decoded later, then.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not paths:
        raise DataError(f"{folder} holds no images: give a folder of {', '.join(SUFFIXES)} files.")
    height, width, _ = _shape(paths[0])
    if fits_in_memory(len(paths) * height * width * 3):
        images = [read_picture(path) for path in paths]
        channels = _channels(paths, [image.shape for image in images])
        values = _stacked(images, channels)
    else:
        shapes = [_shape(path) for path in paths]
        channels = _channels(paths, shapes)

        def read(rows: np.ndarray) -> np.ndarray:
            images = [read_picture(paths[row]) for row in rows]
            _channels([paths[0], *(paths[row] for row in rows)], [shapes[0], *(i.shape for i in images)])
            return _stacked(images, channels)

        values = LazyRows(read, (len(paths), channels, height, width), np.uint8)
    labels, classes = _classes(folder, paths)
    return ImageSet(os.fspath(folder), values, 8, labels, classes)


def _channels(paths: list[Path], shapes: list[Shape]) -> int:
    """How many channels images of these shapes (H, W, C) have together; DataError where the sizes differ."""
    for path, shape in zip(paths, shapes, strict=True):
        if shape[:2] != shapes[0][:2]:
            raise DataError(
                f"{path} is {_size(shape)} and {paths[0]} is {_size(shapes[0])}: make all images of one size."
            )
    return max(shape[2] for shape in shapes)


def _stacked(images: list[np.ndarray], channels: int) -> np.ndarray:
    """Images (H, W, C) as one array (N, C, H, W), those that are grey with so many channels alike."""
    same = [np.broadcast_to(image, (*image.shape[:2], channels)) for image in images]
    return np.ascontiguousarray(np.stack(same).transpose(0, 3, 1, 2))


def _shape(path: Path) -> Shape:
    """The shape (H, W, C) of an image, from the beginning of the file."""
    with _opened(path) as image:
        return (image.height, image.width, 1 if _MODES[image.mode] == "L" else 3)


def read_picture(path: Path) -> np.ndarray:
    """The image of a file as (H, W, C), uint8.

    Raises:
        DataError: it is damaged, has transparent pixels or more than 8 bits.
    """
    with _opened(path) as image:
        opaque = image.convert("RGBA").getchannel("A").getextrema() == (255, 255)
        if image.has_transparency_data and not opaque:
            raise DataError(
                f"{path} has transparent pixels, which are neither grey nor RGB: put it on a background."
            )
        pixels = np.asarray(image.convert(_MODES[image.mode]))
    return pixels if pixels.ndim == 3 else pixels[..., None]


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A file as Pillow's image; whatever goes wrong with it in the block is a DataError that names it."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            if image.mode not in _MODES:
                raise DataError(
                    f"{path} has Pillow's mode {image.mode} and images are grey or RGB of 8 bits: convert it."
                )
            yield image
    except DataError:
        raise
    except Exception as error:  # Pillow raises errors of many kinds for files that are damaged
        raise DataError(f"cannot read {path}: it is damaged or no image ({error}); leave it out.") from error


def _size(shape: Shape) -> str:
    return f"{shape[0]}×{shape[1]}"


def _classes(folder: Path, paths: list[Path]) -> tuple[np.ndarray | None, tuple[str, ...]]:
    parts = [path.relative_to(folder).parts for path in paths]
    if any(len(part) < 2 for part in parts):
        return None, ()
    classes = tuple(sorted({part[0] for part in parts}))
    return np.array([classes.index(part[0]) for part in parts]), classes
