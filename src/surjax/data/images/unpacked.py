"""Packed arrays as one file in the user's cache, of which images are read when they are asked for."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from surjax.data.images.places import default_data_dir
from surjax.data.lazy import LazyRows
from surjax.errors import DataError
from surjax.files import make_folder, write_atomically
from surjax.typing import Shape


def unpacked(name: str, files: list[Path], read: Callable[[Path], np.ndarray], shape: Shape) -> LazyRows:
    """Return the images (uint8) of several files, one file after the other, which `read` gives of each.

    The first time they are written to surjax/unpacked in the user's cache folder, as a file whose name
    has a digest of the files' paths, sizes and times: if one of them is changed it is written anew.

    Raises:
        DataError: a file cannot be read, they have other images than `shape` says, or what was written
            is damaged.
        SurjaxError: it cannot be written.
    """
    facts = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    digest = hashlib.sha256(repr((facts, shape)).encode()).hexdigest()[:12]
    path = make_folder(default_data_dir() / "unpacked") / f"{name}-{digest}.npy"
    if not path.exists():
        with write_atomically(path) as temporary:
            _write(temporary, (read(file) for file in files), shape)
    try:
        whole = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError) as error:
        raise DataError(f"cannot read {path}: {error}; delete it, it will be written anew.") from error
    return LazyRows(lambda rows: np.asarray(whole[rows]), shape, np.uint8)


def _write(path: Path, parts: Iterator[np.ndarray], shape: Shape) -> None:
    """Write an .npy part by part; not by a memory map, of which a full disk would be a crash."""
    rows = 0
    with path.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for part in parts:
            file.write(np.ascontiguousarray(part).data)
            rows += len(part)
    if rows != shape[0]:
        raise DataError(f"the files hold {rows} images and {shape[0]} labels: fetch them again.")
