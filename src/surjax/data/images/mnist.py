"""MNIST (LeCun et al. 1998), and the IDX files that it is published in."""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from surjax.data.images.checksum import read_bytes, require_md5
from surjax.data.images.image_set import ImageSet
from surjax.errors import DataError

MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
"""The files, of their content where they are compressed by gzip."""
FOLDERS = ("mnist", "MNIST", "MNIST/raw", ".")
SHAPE = (1, 28, 28)


def read_mnist(data_dir: Path) -> tuple[ImageSet, ImageSet]:
    """Return the 60,000 training and 10,000 test images, of 1×28×28.

    The IDX files, plain or with .gz, are looked for in data_dir/mnist, data_dir/MNIST, data_dir/MNIST/raw
    and data_dir itself. Every file is held against its MD5.

    Raises:
        DataError: a file is missing, cut short or not the published one.
    """
    for folder in (data_dir / name for name in FOLDERS):
        if any(_file(folder, name) for name in MD5):
            train, test = (_part(folder, part) for part in ("train", "t10k"))
            return train, test
    raise DataError(
        f"mnist is not in {data_dir}: put {', '.join(MD5)} (or these with .gz) into {data_dir / 'mnist'}, or "
        "say where they lie with --data-dir."
    )


def read_idx(path: Path, md5: str | None = None) -> np.ndarray:
    """Return the array of bytes that an IDX file holds, compressed by gzip or not.

    An IDX file begins with two zero bytes, the type (8 for bytes) and the number of axes, then the length
    of each axis as a big-endian 32-bit number.

    Raises:
        DataError: it is not of that form, or its MD5 is another.
    """
    content = read_bytes(path)
    if path.suffix == ".gz":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(f"cannot unpack {path}: {error}; fetch it again.") from error
    axes = content[3] if content[:3] == b"\0\0\x08" and len(content) > 3 else 0
    start = 4 + 4 * axes
    shape = tuple(int.from_bytes(content[i : i + 4], "big") for i in range(4, start, 4))
    if axes == 0 or len(content) != start + math.prod(shape):
        raise DataError(
            f"{path} is no whole IDX file of bytes: it has {len(content):,} of them, which is not what its "
            "header says, so it was cut short or is another file: fetch it again."
        )
    if md5 is not None:
        require_md5(path, content, md5)
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _file(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.exists()), None)


def _part(folder: Path, part: str) -> ImageSet:
    arrays = []
    for name in (f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte"):
        path = _file(folder, name)
        if path is None:
            raise DataError(f"{folder} lacks {name} of MNIST: put it there.")
        arrays.append(read_idx(path, MD5[name]))
    images, labels = arrays
    return ImageSet("mnist", images[:, None], labels=labels.astype(np.int64), classes=tuple("0123456789"))
