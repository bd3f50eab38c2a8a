"""NPY and NPZ files of images."""

from pathlib import Path
from typing import Literal

import numpy as np

from surjax.data import archive
from surjax.data.images.image_set import ImageSet
from surjax.data.lazy import LazyRows, fits_in_memory
from surjax.errors import DataError

Channels = Literal["first", "last"]


def read_arrays(path: Path, array: str | None = None, channels: Channels | None = None) -> ImageSet:
    """Read images from an .npy or .npz file: (N, C, H, W), (N, H, W, C) or, if grey, (N, H, W).

    They are whole numbers from 0 to 255.

    An .npy that is too large for the memory is mapped: its images are read when they are asked for.

    Args:
        path: the file. Nothing in it is unpickled.
        array: which array of an .npz; without it, the only one that has three or four axes. An array
            `labels` or `y` (N,) beside it is taken for the labels.
        channels: which axis the channels are, "first" or "last"; without it, the one of length 1 or 3.

    Raises:
        DataError: it cannot be read, or holds no images, or several arrays of them, or images of another
            type or shape, or it cannot be told which axis the channels are.
    """
    arrays = _read(path)
    if isinstance(arrays, np.ndarray):
        if array is not None:
            raise DataError(f"{path} is not an .npz, so it has no array {array!r} to choose.")
        return ImageSet(str(path), _held(_channels_first(arrays, str(path), channels)))
    if array is None:
        fitting = [key for key, header in arrays.headers.items() if len(header.shape) in (3, 4)]
        if len(fitting) != 1:
            raise DataError(
                f"{path} holds {len(fitting)} arrays of three or four axes (of {arrays.told}), and images "
                "are one: say which with --array."
            )
        (array,) = fitting
    elif array not in arrays:
        raise DataError(f"{path} has no array {array!r}: it has {', '.join(arrays) or 'none'}.")
    values = _channels_first(arrays[array], str(path), channels)
    name = next((key for key in ("labels", "y") if key in arrays and key != array), None)
    labels = None if name is None else arrays[name]
    if labels is not None and (labels.shape != values.shape[:1] or labels.dtype.kind not in "iu"):
        labels = None
    return ImageSet(str(path), _held(values), labels=labels)


def _held(values: np.ndarray) -> np.ndarray | LazyRows:
    """What is mapped as rows to be read, all else as an array of its own."""
    if isinstance(values, np.memmap):
        return LazyRows(lambda rows: np.ascontiguousarray(values[rows]), values.shape, values.dtype)
    whole = values.dtype.kind in "iu" and values.dtype != np.uint8 and values.size
    if whole and values.min() >= 0 and values.max() <= 255:
        values = values.astype(np.uint8)  # the same numbers
    return np.ascontiguousarray(values)


def _read(path: Path) -> np.ndarray | archive.Archive:
    try:
        if path.suffix.lower() == ".npy" and not fits_in_memory(path.stat().st_size):
            return np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise DataError(
            f"cannot read {path}: it is damaged, cut short, or holds pickled Python objects, which are never "
            "loaded: save a plain array of uint8."
        ) from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}.") from error
    return archive.read_arrays(path)


def _channels_first(values: np.ndarray, name: str, channels: Channels | None) -> np.ndarray:
    """A view of the images as (N, C, H, W)."""
    if values.ndim == 3:
        return values[:, None]
    if values.ndim != 4:
        raise DataError(
            f"{name} has shape {values.shape} and images have (N, C, H, W), (N, H, W, C) or (N, H, W): "
            "reshape it."
        )
    if channels is None:
        first, last = (values.shape[axis] in (1, 3) for axis in (1, 3))
        if first and last:
            raise DataError(
                f"{name} has shape {values.shape}, where the channels may be the second axis or the last: "
                "say --channels first or --channels last."
            )
        if not (first or last):
            raise DataError(
                f"{name} has shape {values.shape}, and neither the second axis nor the last has the length "
                "1 or 3 of the channels: give grey or RGB images."
            )
        channels = "first" if first else "last"
    return values if channels == "first" else values.transpose(0, 3, 1, 2)
