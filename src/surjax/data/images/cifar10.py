"""CIFAR-10, binary version (Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html)."""

from pathlib import Path

import numpy as np

from surjax.data.images.checksum import read_bytes, require_md5
from surjax.data.images.download import download, unpack
from surjax.data.images.image_set import ImageSet
from surjax.errors import DataError

URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
ARCHIVE_MD5 = "c32a1d4ab5d03f1284b67883e8d87530"
FOLDER = "cifar-10-batches-bin"
MD5 = {
    "data_batch_1.bin": "5dd7e06a14cb22eb9f671a540d1b7c25",
    "data_batch_2.bin": "5ea93a67294ea407fff1d09f752e9692",
    "data_batch_3.bin": "942cd6a4bcdd0dd3c604fbe906cb4421",
    "data_batch_4.bin": "ae636b3ba5c66a11e91e8cb52e771fcb",
    "data_batch_5.bin": "53f37980c15c3d472c316c40844f3f0d",
    "test_batch.bin": "803d5f7f4d78ea53de84dbe85f74fb6d",
}
"""The files; the last one is the test set."""
IMAGES_A_FILE = 10_000
SHAPE = (3, 32, 32)
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def read_cifar10(data_dir: Path) -> tuple[ImageSet, ImageSet]:
    """Return the 50,000 training and 10,000 test images, of 3×32×32.

    Looked for in data_dir/cifar-10-batches-bin and in data_dir itself; then made of the published archive
    where it lies in data_dir, or else of a download of it. Every file is held against its MD5.

    Raises:
        DataError: a file is missing, cut short or not the published one, or the archive cannot be had.
    """
    folder = _find(data_dir) or _fetch(data_dir)
    train, test = ([_read(folder, name) for name in names] for names in (list(MD5)[:-1], list(MD5)[-1:]))
    return _image_set(train), _image_set(test)


def _find(data_dir: Path) -> Path | None:
    for folder in (data_dir / FOLDER, data_dir):
        if any((folder / name).exists() for name in MD5):
            return folder
    return None


def _fetch(data_dir: Path) -> Path:
    archive = data_dir / URL.rsplit("/", 1)[-1]
    if archive.exists():
        require_md5(archive, read_bytes(archive), ARCHIVE_MD5)
    else:
        download("cifar10", URL, archive, ARCHIVE_MD5)
    unpack(archive, data_dir / FOLDER, list(MD5))
    archive.unlink()
    return data_dir / FOLDER


def _read(folder: Path, name: str) -> np.ndarray:
    """The records of a file: a byte for the label, then the pixels, red, green, blue."""
    path = folder / name
    if not path.exists():
        raise DataError(f"{folder} lacks {name} of CIFAR-10: delete the folder and fetch it again.")
    content, record = read_bytes(path), 1 + int(np.prod(SHAPE))
    if len(content) != IMAGES_A_FILE * record:
        raise DataError(
            f"{path} has {len(content):,} bytes and the published file has {IMAGES_A_FILE * record:,}, so it "
            "was cut short or is another file: delete it and fetch it again."
        )
    require_md5(path, content, MD5[name])
    return np.frombuffer(content, np.uint8).reshape(-1, record)


def _image_set(files: list[np.ndarray]) -> ImageSet:
    records = np.concatenate(files)
    values = np.ascontiguousarray(records[:, 1:]).reshape(-1, *SHAPE)
    return ImageSet("cifar10", values, labels=records[:, 0].astype(np.int64), classes=CLASSES)
