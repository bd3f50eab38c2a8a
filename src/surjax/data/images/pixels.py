"""Numbers as a model gives them, as pixels, and files of these."""

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from surjax.data.image_form import ImageForm
from surjax.files import write_atomically


class Pixels(NamedTuple):
    """Images as they are stored, and what that took.

    images: whole numbers from 0 to 2^bits − 1, of the form's dtype. cut: how many numbers lay outside and
    were cut off. broken: how many images had numbers that are not finite, which are 0 there.
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
    return Pixels(images.astype(form.dtype), int((images != rounded).sum()), broken)


def to_pixels(x: Any, form: ImageForm) -> np.ndarray:
    """Examples or samples (…, C, H, W) as pixels from 0 to 2^bits − 1: rounded, and cut off outside.

    >>> to_pixels(np.full((1, 1, 1), 300.0), ImageForm((1, 1, 1), 5)).tolist()
    [[[31]]]
    """
    return pixels_of(x, form).images


def to_8_bits(images: np.ndarray, form: ImageForm) -> np.ndarray:
    """Images from 0 to 2^bits − 1 as uint8, their values spread over all of 0 to 255; those of more than 8
    bits are rounded.

    >>> to_8_bits(np.array([0, 1, 3], np.uint8), ImageForm((1, 1, 3), 2)).tolist()
    [0, 85, 255]
    """
    table = np.rint(np.arange(form.levels) * (255 / (form.levels - 1))).astype(np.uint8)
    return table[np.asarray(images)]


def write_images(path: str | os.PathLike, images: np.ndarray) -> None:
    """Write images as an .npy, or as an .npz that calls them "samples"; whole or not at all."""
    path = Path(path)
    with write_atomically(path) as temporary, temporary.open("wb") as file:
        if path.suffix.lower() == ".npz":
            np.savez(file, samples=images)
        else:
            np.save(file, images, allow_pickle=False)
