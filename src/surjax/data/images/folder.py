"""Folders of image files."""

import collections
import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from surjax.data.images.found import find_images
from surjax.data.images.image_set import ImageSet
from surjax.data.images.picture import AS_BYTES, Header, Reading, read_header, read_picture
from surjax.data.lazy import LazyRows, fits_in_memory
from surjax.errors import DataError
from surjax.typing import Shape

T = TypeVar("T")

_CONVERTED = frozenset({"CMYK", "YCbCr", "HSV", "LAB"})
"""Pillow's modes of colours that are told, since their conversion loses something."""
_WIDER = np.uint16(257)
"""What takes 0 … 255 to 0 … 65535."""


def read_folder(folder: Path, reading: Reading = AS_BYTES) -> ImageSet:
    """Read every image in a folder and the folders in it, in the order of their names.

    Images are as viewers show them, grey or RGB; where there are both, the grey ones become RGB, and where
    there are 8 bits a channel and 16, those of 8 are spread over 16. Where each lies in a folder inside this
    one, that is its class. Files and folders that begin with a dot, others that systems leave behind, and
    files of other types are passed over. Where the images may be too large for the memory together, they are
    decoded when they are asked for, and only the beginning of each file is looked at here. A warning tells
    how many files were passed over, turned, converted, or have further frames.

    Raises:
        DataError: there are none, a folder cannot be read, some are damaged, have transparent pixels or more
            bits than are asked for, or they are not all of one size.
    """
    found = find_images(folder)
    paths = found.images
    headers = _each(paths, lambda path: read_header(path, reading))
    _require_one_size(folder, paths, [header.shape for header in headers])
    (height, width, _), channels = headers[0].shape, max(header.shape[2] for header in headers)
    deep = any(header.deep for header in headers)
    dtype = reading.levels.dtype if deep else np.uint8

    def read(rows: Sequence[int] | np.ndarray) -> np.ndarray:
        some = [paths[row] for row in rows]
        images = _each(some, lambda path: read_picture(path, reading))
        again = [headers[0].shape, *(image.shape for image in images)]  # a file may have changed since
        _require_one_size(folder, [paths[0], *some], again)
        return _stacked(images, channels, dtype)

    values: np.ndarray | LazyRows = LazyRows(read, (len(paths), channels, height, width), dtype)
    if fits_in_memory(len(paths) * height * width * 3 * np.dtype(dtype).itemsize):
        values = read(range(len(paths)))
    remarks = [*found.remarks, *_remarks(headers, reading)]
    if isinstance(values, np.ndarray) and values.min() == values.max():
        remarks.append(f"all pixels are {values.min()}")
    if remarks:
        warnings.warn(f"{folder}: {'; '.join(remarks)}.", stacklevel=3)
    labels, classes = _classes(folder, paths)
    return ImageSet(os.fspath(folder), values, reading.levels.bits if deep else 8, labels, classes)


def read_one(path: Path, reading: Reading = AS_BYTES) -> ImageSet:
    """Read the file of one image, as `read_folder` does."""
    header, image = read_header(path, reading), read_picture(path, reading)
    if remarks := _remarks([header], reading):
        warnings.warn(f"{path}: {'; '.join(remarks)}.", stacklevel=3)
    bits = reading.levels.bits if header.deep else 8
    return ImageSet(os.fspath(path), _stacked([image], image.shape[2], image.dtype), bits)


def _each(paths: list[Path], read: Callable[[Path], T]) -> list[T]:
    """What is read of each file; where that fails, the first DataError, with the number of others that do."""
    done, failed = [], []
    for path in paths:
        try:
            done.append(read(path))
        except DataError as error:
            failed.append(error)
    if not failed:
        return done
    if len(paths) == 1:
        raise failed[0]
    sentence = str(failed[0]).removesuffix(".")
    raise DataError(f"{sentence} ({len(failed)} of {len(paths)} images cannot be read).") from failed[0]


def _require_one_size(folder: Path, paths: list[Path], shapes: list[Shape]) -> None:
    sizes = collections.Counter(shape[:2] for shape in shapes)
    if len(sizes) == 1:
        return
    (common, most), *others = sizes.most_common()
    odd = next(path for path, shape in zip(paths, shapes, strict=True) if shape[:2] != common)
    raise DataError(
        f"{folder} holds images of {len(sizes)} sizes: {most} of {_size(common)}, {others[0][1]} of "
        f"{_size(others[0][0])}{' and others' if len(others) > 1 else ''}, the first of another size being "
        f"{odd}: make all images of one size."
    )


def _remarks(headers: list[Header], reading: Reading) -> list[str]:
    """What a person who looks at the pictures may not expect, a clause each."""
    several = [header.frames for header in headers if header.frames > 1]
    colours = {header.mode for header in headers} & _CONVERTED
    turned = sum(header.turned for header in headers)
    deep, told = sum(header.deep for header in headers), reading.levels.told
    widened = len(headers) - deep if deep and reading.levels.bits > 8 else 0
    remarks = [
        (turned, f"images turned as their tag says: {turned}"),
        (several, f"files of {sum(several)} frames, of each of which the first is taken: {len(several)}"),
        (colours, f"colours converted to RGB: {', '.join(sorted(colours))}"),
        (widened, f"images of 8 bits spread over 16: {widened}"),
        (deep and told, f"images whose {told}: {deep}"),
        (told and not deep, "no images of more than 8 bits, so that the range makes no difference"),
    ]
    return [remark for counted, remark in remarks if counted]


def _stacked(images: list[np.ndarray], channels: int, dtype: np.dtype | type) -> np.ndarray:
    """Images (H, W, C) as one array (N, C, H, W) of a type, with so many channels and bits alike."""
    wide = [image * _WIDER if dtype == np.uint16 and image.dtype == np.uint8 else image for image in images]
    same = [np.broadcast_to(image, (*image.shape[:2], channels)) for image in wide]
    return np.ascontiguousarray(np.stack(same).transpose(0, 3, 1, 2))


def _size(shape: Shape) -> str:
    return f"{shape[0]}×{shape[1]}"


def _classes(folder: Path, paths: list[Path]) -> tuple[np.ndarray | None, tuple[str, ...]]:
    parts = [path.relative_to(folder).parts for path in paths]
    if any(len(part) < 2 for part in parts):
        return None, ()
    classes = tuple(sorted({part[0] for part in parts}))
    return np.array([classes.index(part[0]) for part in parts]), classes
