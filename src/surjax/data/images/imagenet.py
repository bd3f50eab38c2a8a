"""ImageNet at 32×32 and 64×64 (Chrabaszcz et al. 2017), in the NPZ files that it is published in."""

import math
import re
import zipfile
import zlib
from functools import partial
from pathlib import Path

import numpy as np

from surjax.data.images.image_set import ImageSet
from surjax.data.images.unpacked import unpacked
from surjax.data.lazy import fits_in_memory
from surjax.errors import DataError

TRAIN, VALIDATION = "train_data_batch_*.npz", "val_data.npz"


def read_imagenet(side: int, data_dir: Path) -> tuple[ImageSet, ImageSet]:
    """Return the 1,281,167 training images and, as the test part, the 50,000 of the validation set.

    Each file holds `data` (N, 3·side²), uint8, red, green and blue after one another, and `labels` (N,)
    from 1 to 1000, which are numbered from 0 here. The files are looked for in data_dir, and in those of
    its folders whose names begin with imagenet32 or imagenet64, however they are written, as the archives
    call them (Imagenet32_train_npz, Imagenet32_val_npz). What is too large for the memory, the training
    images of 64×64, is unpacked into one file in the user's cache folder (see `unpacked`).

    Raises:
        DataError: there are no such files, or one is damaged or of another size.
    """
    name = f"imagenet{side}"
    train, validation = (_find(name, data_dir, pattern) for pattern in (TRAIN, VALIDATION))
    if not train or not validation:
        raise DataError(
            f"{name} is not in {data_dir}: {VALIDATION if train else TRAIN} is missing; put the published "
            f"files into {data_dir / name}, or say where they lie with --data-dir."
        )
    return _image_set(name, side, train), _image_set(name, side, validation[:1])


read_imagenet32 = partial(read_imagenet, 32)
read_imagenet64 = partial(read_imagenet, 64)


def _find(name: str, data_dir: Path, pattern: str) -> list[Path]:
    folders = [path for path in data_dir.glob("*") if path.name.lower().startswith(name) and path.is_dir()]
    files = [path for folder in (*folders, data_dir) for path in folder.glob(pattern)]
    numbers = {path: int("".join(re.findall(r"\d+", path.name)) or 0) for path in files}
    return sorted(files, key=lambda path: numbers[path])


def _image_set(name: str, side: int, files: list[Path]) -> ImageSet:
    labels = np.concatenate([_read(path, "labels") for path in files]).astype(np.int64) - 1
    shape = (len(labels), 3, side, side)
    if fits_in_memory(math.prod(shape)):
        values = np.concatenate([_pixels(path, side) for path in files])
    else:
        values = unpacked(name, files, lambda path: _pixels(path, side), shape)
    return ImageSet(name, values, labels=labels)


def _pixels(path: Path, side: int) -> np.ndarray:
    data = _read(path, "data")
    if data.shape[1:] != (3 * side**2,) or data.dtype != np.uint8:
        raise DataError(
            f"{path} holds {data.dtype} of shape {data.shape} and images of 3×{side}×{side} are uint8 of "
            f"(N, {3 * side**2}): give the files of that size."
        )
    return data.reshape(-1, 3, side, side)


def _read(path: Path, array: str) -> np.ndarray:
    try:
        with np.load(path, allow_pickle=False) as file:
            return file[array]
    except (ValueError, EOFError, KeyError, OSError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"cannot read {path}: {error}; fetch it again.") from error
