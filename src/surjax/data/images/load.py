"""The one door to images: a name or a path to a set of them."""

import os
import warnings
from pathlib import Path
from typing import Literal

from surjax.data.image_form import ImageForm
from surjax.data.images.arrays import Channels, read_arrays
from surjax.data.images.folder import read_folder, read_one
from surjax.data.images.image_set import ImageSet
from surjax.data.images.levels import Levels
from surjax.data.images.picture import SUFFIXES, Background, Reading
from surjax.data.images.places import default_data_dir
from surjax.data.named import could_be_path, find_set, not_found, other_form
from surjax.errors import ConfigError, DataError

_ARRAYS = (".npy", ".npz")
_PACKED = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")


def is_array(source: str | os.PathLike) -> bool:
    """Whether a source is the file of an array by its name."""
    return Path(source).suffix.lower() in _ARRAYS


def load_images(
    source: str | os.PathLike,
    *,
    data_dir: str | os.PathLike | None = None,
    array: str | None = None,
    channels: Channels | None = None,
    num_channels: int | None = None,
    bits: Literal[8, 16] = 8,
    range: tuple[float, float] | None = None,
    background: Background | None = None,
) -> tuple[ImageSet, ImageSet | None]:
    """Load a published set, a folder of images, one image, or an array of them.

    Args:
        source: the name of a set of images (see `datasets`), the path of a folder of image files, of one of
            these, or of an .npy or .npz.
        data_dir: where published sets lie; without it, surjax in the user's cache folder.
        array: see `read_arrays`; for .npz files alone.
        channels: see there; for .npy and .npz files alone.
        num_channels: see there; for .npy and .npz files alone.
        bits: what the pixels have of arrays, and of pictures of more than 8 bits a channel, which are refused
            without 16 or a range. Pictures and arrays of bytes have 8.
        range: which of their numbers are black and white (see `Levels`).
        background: what lies behind transparent pixels of pictures; without it they are refused.

    Returns:
        The images, and the test part of a set that comes with one.

    Raises:
        DataError: there is no such name or path, or it cannot be read.
        ConfigError: it is a table, or the range is none.

    >>> digits, test = load_images("digits-images")
    >>> digits.values.shape, test
    ((1797, 1, 8, 8), None)
    """
    name, path = os.fspath(source), Path(source)
    levels, of_array = Levels(bits, range), is_array(path)
    reading = Reading(levels, background)
    for option, given in (("array", array), ("channels", channels)):
        if given is not None and not of_array:
            raise DataError(f"{name} is no .npy or .npz file, so it has no {option} {given!r} to choose.")
    known = find_set(name, ImageForm)
    if known is not None and known.read is not None:
        if range is not None:
            warnings.warn(
                f"{name} has pixels of its own, so that the range makes no difference.", stacklevel=2
            )
        return known.read(default_data_dir() if data_dir is None else Path(data_dir))
    if path.is_dir():
        return read_folder(path, reading), None
    if of_array and path.exists():
        return read_arrays(path, array, channels, levels, num_channels), None
    if path.suffix.lower() in SUFFIXES and path.exists():
        return read_one(path, reading), None
    if (known := find_set(name)) is not None:
        raise other_form(known, ImageForm)
    if path.suffix.lower() in _PACKED and path.exists():
        raise DataError(f"{name} is packed: unpack it and give the folder of its images.")
    if path.exists():
        raise ConfigError(
            f"{name} is a file of no images: take a model of vectors where it is a table, or give a folder "
            "of image files, an .npy or .npz of uint8, or the name of a set of images."
        )
    if could_be_path(name):
        raise DataError(f"there is no file or folder {name}: check the name and the folder.")
    raise not_found(name, ImageForm, "set of images", "a folder or file")
