"""NPY and NPZ files of images."""

import warnings
from pathlib import Path
from typing import Literal

import numpy as np

from surjax.data import archive
from surjax.data.images.image_set import ImageSet
from surjax.data.images.levels import BYTES, Levels
from surjax.data.lazy import LazyRows, fits_in_memory
from surjax.errors import DataError

Channels = Literal["first", "last"]
_COLOURS = {None: "grey or RGB", 1: "grey", 3: "RGB"}


def read_arrays(
    path: Path,
    array: str | None = None,
    channels: Channels | None = None,
    levels: Levels = BYTES,
    num_channels: int | None = None,
) -> ImageSet:
    """Read images from an .npy or .npz file: (N, C, H, W), (N, H, W, C) or, if grey, (N, H, W).

    They are whole numbers of any type from 0 to 255, False and True, or what `levels` takes.

    An .npy that is too large for the memory is mapped: its images are read when they are asked for.

    Args:
        path: the file. Nothing in it is unpickled.
        array: which array of an .npz; without it, the only one that has three or four axes. An array (N,) or
            (N, 1) of whole numbers beside it that is called labels, y, or as it is but for that (y_train
            beside x_train, train_labels beside train_images), is taken for the labels.
        channels: which axis the channels are, "first" or "last"; without it, the one of length 1 or 3.
        levels: what becomes of numbers.
        num_channels: how many channels there are to be; then what `channels` says holds where both axes have
            that length alone.

    Raises:
        DataError: it cannot be read, or holds no images, or several arrays of them, or images of another
            type or shape, or it cannot be told which axis the channels are.
    """
    arrays = _read(path)
    if isinstance(arrays, np.ndarray):
        if array is not None:
            raise DataError(f"{path} is not an .npz, so it has no array {array!r} to choose.")
        return _image_set(_channels_first(arrays, str(path), channels, num_channels), str(path), levels)
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
    images = _channels_first(arrays[array], str(path), channels, num_channels)
    return _image_set(images, str(path), levels, _labels(arrays, array))


def _image_set(images: np.ndarray, name: str, levels: Levels, labels: np.ndarray | None = None) -> ImageSet:
    """The images of an array (N, C, H, W); what was made of their numbers is told."""
    if isinstance(images, np.memmap):
        mapped = LazyRows(lambda rows: np.ascontiguousarray(images[rows]), images.shape, images.dtype)
        pixels: np.ndarray | LazyRows = levels.pixels_lazily(mapped, name)
    else:
        pixels = np.ascontiguousarray(levels.pixels(images, name))
    if isinstance(pixels, np.ndarray) and pixels.size and pixels.min() == pixels.max():
        warnings.warn(f"{name}: all pixels are {pixels.min()}.", stacklevel=4)
    ends = "False and True became pixels of 0 and the largest" if images.dtype.kind == "b" else None
    if told := levels.told or ends:
        warnings.warn(f"{name}: {told}.", stacklevel=4)
    if labels is not None:
        fitting = labels.size == len(images) and labels.dtype.kind in "iu"
        labels = labels.reshape(-1) if fitting else None
    return ImageSet(name, pixels, 8 * pixels.dtype.itemsize, labels)


def _labels(arrays: archive.Archive, images: str) -> np.ndarray | None:
    """What an .npz calls the labels of the images of that name."""
    pairs = (("x", "y"), ("X", "y"), ("images", "labels"), ("image", "label"))
    beside = [images.replace(*pair) for pair in pairs]
    name = next((key for key in (*beside, "labels", "y") if key != images and key in arrays), None)
    return None if name is None else arrays[name]


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


def _channels_first(
    values: np.ndarray, name: str, channels: Channels | None, num_channels: int | None
) -> np.ndarray:
    """A view of the images as (N, C, H, W)."""
    if values.ndim == 3:
        return values[:, None]
    if values.ndim != 4:
        raise DataError(
            f"{name} has shape {values.shape} and images have (N, C, H, W), (N, H, W, C) or (N, H, W): "
            "reshape it."
        )
    axes: dict[Channels, int] = {"first": 1, "last": 3}
    lengths = (1, 3) if num_channels is None else (num_channels,)
    possible = [way for way, axis in axes.items() if values.shape[axis] in lengths]
    if channels is None or (num_channels is not None and channels not in possible):
        if len(possible) > 1:
            raise DataError(
                f"{name} has shape {values.shape}, where the channels may be the second axis or the last: "
                "say --channels first or --channels last."
            )
        if not possible:
            wanted = "1 or 3" if num_channels is None else str(num_channels)
            raise DataError(
                f"{name} has shape {values.shape}, and neither the second axis nor the last has the length "
                f"{wanted} of the channels: give {_COLOURS[num_channels]} images."
            )
        channels = "first" if "first" in possible else "last"
    return values if channels == "first" else values.transpose(0, 3, 1, 2)
