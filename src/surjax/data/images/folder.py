"""Folders of image files."""

import os
from pathlib import Path

import numpy as np

from surjax.data.images.image_set import ImageSet
from surjax.errors import DataError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".ppm", ".pgm", ".tif", ".tiff", ".webp")
"""The types of file that are taken."""

_MODES = dict.fromkeys(("RGB", "RGBA", "P", "CMYK", "YCbCr"), "RGB") | {"L": "L", "LA": "L", "1": "L"}
"""The modes of Pillow that are taken, and what they become."""


def read_folder(folder: Path) -> ImageSet:
    """Read every image in a folder and the folders in it, in the order of their names.

    Images are grey or RGB; where there are both, the grey ones become RGB. Where each lies in a folder
    inside this one, that is its class.

    Raises:
        DataError: there are none, one is damaged, has transparent pixels or more than 8 bits, or is of
            another size than the first.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not paths:
        raise DataError(f"{folder} holds no images; give a folder of {', '.join(SUFFIXES)} files")
    images = [_read(path) for path in paths]
    for path, image in zip(paths, images, strict=True):
        if image.shape[:2] != images[0].shape[:2]:
            raise DataError(
                f"{path} is {_size(image)} and {paths[0]} is {_size(images[0])}; make all images of one size"
            )
    channels = max(image.shape[2] for image in images)
    values = np.stack([np.broadcast_to(image, (*image.shape[:2], channels)) for image in images])
    labels, classes = _classes(folder, paths)
    return ImageSet(os.fspath(folder), np.ascontiguousarray(values.transpose(0, 3, 1, 2)), 8, labels, classes)


def _read(path: Path) -> np.ndarray:
    """An image as (H, W, C)."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            opaque = image.convert("RGBA").getchannel("A").getextrema() == (255, 255)
            if image.has_transparency_data and not opaque:
                raise DataError(
                    f"{path} has transparent pixels, which are neither grey nor RGB; put it on a background"
                )
            if image.mode not in _MODES:
                raise DataError(
                    f"{path} has Pillow's mode {image.mode} and images are grey or RGB of 8 bits; convert it"
                )
            pixels = np.asarray(image.convert(_MODES[image.mode]))
    except DataError:
        raise
    except Exception as error:  # Pillow raises errors of many kinds for files that are damaged
        raise DataError(f"cannot read {path}: it is damaged or no image ({error}); leave it out") from error
    return pixels if pixels.ndim == 3 else pixels[..., None]


def _size(image: np.ndarray) -> str:
    return f"{image.shape[0]}×{image.shape[1]}"


def _classes(folder: Path, paths: list[Path]) -> tuple[np.ndarray | None, tuple[str, ...]]:
    parts = [path.relative_to(folder).parts for path in paths]
    if any(len(part) < 2 for part in parts):
        return None, ()
    classes = tuple(sorted({part[0] for part in parts}))
    return np.array([classes.index(part[0]) for part in parts]), classes
