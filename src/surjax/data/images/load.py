"""The one door to images: a name or a path to a set of them."""

import difflib
import os
from pathlib import Path

from surjax.data.bundled import BUNDLED
from surjax.data.images.arrays import Channels, read_arrays
from surjax.data.images.folder import read_folder
from surjax.data.images.image_set import ImageSet
from surjax.data.images.places import default_data_dir
from surjax.data.images.published import IMAGE_SETS
from surjax.data.toy import TOY
from surjax.errors import ConfigError, DataError

_ARRAYS = (".npy", ".npz")


def load_images(
    source: str | os.PathLike,
    *,
    data_dir: str | os.PathLike | None = None,
    array: str | None = None,
    channels: Channels | None = None,
) -> tuple[ImageSet, ImageSet | None]:
    """Load a published set, a folder of images, or an array of them.

    Args:
        source: a name of `IMAGE_SETS`, the path of a folder of image files, or that of an .npy or .npz.
        data_dir: where published sets lie; without it, surjax in the user's cache folder.
        array: see `read_arrays`; for .npz files alone.
        channels: see there; for .npy and .npz files alone.

    Returns:
        The images, and the test part of a set that comes with one.

    Raises:
        DataError: there is no such name or path, or it cannot be read.
        ConfigError: it is a table.

    >>> digits, test = load_images("digits-images")
    >>> digits.values.shape, test
    ((1797, 1, 8, 8), None)
    """
    name, path = os.fspath(source), Path(source)
    is_array = path.suffix.lower() in _ARRAYS
    for option, given in (("array", array), ("channels", channels)):
        if given is not None and not is_array:
            raise DataError(f"{name} is no .npy or .npz file, so it has no {option} {given!r} to choose")
    if name in IMAGE_SETS:
        return IMAGE_SETS[name].read(default_data_dir() if data_dir is None else Path(data_dir))
    if path.is_dir():
        return read_folder(path), None
    if is_array and path.exists():
        return read_arrays(path, array, channels), None
    if path.exists() or name in TOY or name in BUNDLED:
        raise ConfigError(
            f"{name} is a table and no set of images; take a model of vectors for it, or give a folder of "
            f"image files, an .npy or .npz of uint8, or one of {', '.join(IMAGE_SETS)}"
        )
    if path.suffix or os.sep in name:
        raise DataError(f"there is no file or folder {name}; check the name and the folder")
    close = difflib.get_close_matches(name, IMAGE_SETS, n=1)
    hint = f"did you mean {close[0]}" if close else f"the names are {', '.join(IMAGE_SETS)}"
    raise DataError(f"there is no set of images {name!r}; {hint}, or give the path of a folder or file")
