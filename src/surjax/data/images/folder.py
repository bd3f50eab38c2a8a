"""Folders of image files."""

import collections
import os
import warnings
from pathlib import Path

import numpy as np

from surjax.data.images.image_set import ImageSet
from surjax.data.images.picture import SUFFIXES, Header, read_header, read_picture
from surjax.data.lazy import LazyRows, fits_in_memory
from surjax.errors import DataError
from surjax.typing import Shape

_CONVERTED = frozenset({"CMYK", "YCbCr", "HSV", "LAB"})
"""Pillow's modes of colours that are told, since their conversion loses something."""
_SYSTEM = ("__macosx", "thumbs.db", "desktop.ini")
"""Names, in small letters, of what systems leave in folders; so are all that begin with a dot."""


def read_folder(folder: Path) -> ImageSet:
    """Read every image in a folder and the folders in it, in the order of their names.

    Images are as viewers show them, grey or RGB; where there are both, the grey ones become RGB. Where each
    lies in a folder inside this one, that is its class. Files and folders that begin with a dot, and others
    that systems leave behind, are passed over. Where the images may be too large for the memory together,
    they are decoded when they are asked for, and only the beginning of each file is looked at here. A warning
    tells how many files were passed over, turned, converted, or have further frames.

    Raises:
        DataError: there are none, one is damaged, has transparent pixels or more than 8 bits, or they are not
            all of one size.
    """
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    paths = [path for path in found if not _left_behind(path.relative_to(folder))]
    if not paths:
        hidden = f", but for {len(found)} in hidden folders or with hidden names" if found else ""
        raise DataError(f"{folder} holds no images{hidden}: give a folder of {', '.join(SUFFIXES)} files.")
    headers = [read_header(path) for path in paths]
    _require_one_size(folder, paths, [header.shape for header in headers])
    _tell(folder, len(found) - len(paths), headers)
    height, width, _ = headers[0].shape
    channels = max(header.shape[2] for header in headers)

    def read(rows: np.ndarray) -> np.ndarray:
        images = [read_picture(paths[row]) for row in rows]
        again = [headers[0].shape, *(image.shape for image in images)]  # a file may have changed since
        _require_one_size(folder, [paths[0], *(paths[row] for row in rows)], again)
        return _stacked(images, channels)

    values: np.ndarray | LazyRows = LazyRows(read, (len(paths), channels, height, width), np.uint8)
    if fits_in_memory(len(paths) * height * width * 3):
        values = read(np.arange(len(paths)))
    labels, classes = _classes(folder, paths)
    return ImageSet(os.fspath(folder), values, 8, labels, classes)


def _left_behind(path: Path) -> bool:
    """Whether a part of a path inside the folder is hidden, or what a system leaves there."""
    return any(part.startswith(".") or part.lower() in _SYSTEM for part in path.parts)


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


def _tell(folder: Path, passed_over: int, headers: list[Header]) -> None:
    """Warn of what a person who looks at the folder may not expect."""
    several = [header.frames for header in headers if header.frames > 1]
    colours = {header.mode for header in headers} & _CONVERTED
    turned = sum(header.turned for header in headers)
    remarks = [
        (passed_over, f"hidden files passed over: {passed_over}"),
        (turned, f"images turned as their tag says: {turned}"),
        (several, f"files of {sum(several)} frames, of each of which the first is taken: {len(several)}"),
        (colours, f"colours converted to RGB: {', '.join(sorted(colours))}"),
    ]
    told = [remark for count, remark in remarks if count]
    if told:
        warnings.warn(f"{folder}: {'; '.join(told)}.", stacklevel=4)


def _stacked(images: list[np.ndarray], channels: int) -> np.ndarray:
    """Images (H, W, C) as one array (N, C, H, W), those that are grey with so many channels alike."""
    same = [np.broadcast_to(image, (*image.shape[:2], channels)) for image in images]
    return np.ascontiguousarray(np.stack(same).transpose(0, 3, 1, 2))


def _size(shape: Shape) -> str:
    return f"{shape[0]}×{shape[1]}"


def _classes(folder: Path, paths: list[Path]) -> tuple[np.ndarray | None, tuple[str, ...]]:
    parts = [path.relative_to(folder).parts for path in paths]
    if any(len(part) < 2 for part in parts):
        return None, ()
    classes = tuple(sorted({part[0] for part in parts}))
    return np.array([classes.index(part[0]) for part in parts]), classes
