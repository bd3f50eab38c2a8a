"""Arrays of .npy and .npz files, read one at a time and only where their headers say what is true.

What a header declares decides how much memory is asked for before anything is read, so it is held against
the file first. A member of an .npz may be compressed, at most a thousandfold, so a small file may declare
more than there is room for: the memory that is free is the limit.
"""

import io
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from surjax.errors import DataError
from surjax.memory import free_host_memory
from surjax.typing import Shape

_NPY = ".npy"
_MOST_MEMBERS = 100_000


class Header(NamedTuple):
    """What an array declares of itself: its shape and type."""

    shape: Shape
    dtype: np.dtype

    @property
    def nbytes(self) -> int:
        """How many bytes its numbers have."""
        return math.prod(self.shape) * self.dtype.itemsize


class Archive:
    """The arrays of an .npz by name; each is decompressed when it is asked for, and not kept.

    `headers` tells their shapes and types, for which next to nothing is read.

    Raises:
        DataError: the file, or when it is asked for the array, cannot be read: it is damaged, encrypted,
            holds pickled objects, or declares more than its bytes or than the free memory hold.
    """

    def __init__(self, path: Path):
        self._path = path
        self.headers = {name: self._header(name) for name in self._names()}

    @property
    def told(self) -> str:
        """What it holds: each name with its shape."""
        return ", ".join(f"{name} {header.shape}" for name, header in self.headers.items()) or "none"

    def __getitem__(self, name: str) -> np.ndarray:
        """The array of that name."""
        if name not in self.headers:
            raise KeyError(name)
        _require_room(self._path, self.headers[name])
        with _told(self._path), zipfile.ZipFile(self._path) as file, file.open(f"{name}{_NPY}") as content:
            return np.lib.format.read_array(content, allow_pickle=False)

    def __contains__(self, name: object) -> bool:
        """Whether there is an array of that name; nothing is read for it."""
        return name in self.headers

    def __iter__(self) -> Iterator[str]:
        return iter(self.headers)

    def __len__(self) -> int:
        return len(self.headers)

    def _names(self) -> list[str]:
        with _told(self._path), zipfile.ZipFile(self._path) as file:
            if len(file.namelist()) > _MOST_MEMBERS:
                raise ValueError("it has too many members")
            return [name.removesuffix(_NPY) for name in file.namelist() if name.endswith(_NPY)]

    def _header(self, name: str) -> Header:
        with _told(self._path), zipfile.ZipFile(self._path) as file:
            member = file.getinfo(f"{name}{_NPY}")
            with file.open(member) as content:
                header = _header(content)
                if member.file_size - content.tell() != header.nbytes:
                    raise ValueError(f"{name} declares {header.nbytes} bytes and has others")
                return header


def read_arrays(path: Path) -> np.ndarray | Archive:
    """The array of an .npy, or the arrays of an .npz; which of them it is, its first bytes say.

    Raises DataError as `read_npy` and `Archive` do.
    """
    with _told(path), path.open("rb") as file:
        zipped = file.read(2) == b"PK"
    return Archive(path) if zipped else read_npy(path)


def read_npy(path: Path) -> np.ndarray:
    """The array of an .npy.

    Raises DataError where it is damaged or cut short, holds pickled objects, or declares more than its bytes
    or than the free memory hold.
    """
    with _told(path), path.open("rb") as file:
        header = _header(file)
        if path.stat().st_size - file.tell() < header.nbytes:
            raise ValueError("it declares more than it has")
        _require_room(path, header)
        file.seek(0)
        return np.lib.format.read_array(file, allow_pickle=False)


def _header(file: IO[bytes] | io.BufferedIOBase) -> Header:
    """Read the header of an .npy; ValueError where it has none or is of pickled objects."""
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    version = np.lib.format.read_magic(file)
    # 3.0, which NumPy writes where a field's name is not Latin, is 2.0 in UTF-8
    shape, _, dtype = read.get(version, read[2, 0])(file)
    if dtype.hasobject:
        raise ValueError("it holds pickled objects")
    if any(type(side) is not int or side < 0 for side in shape):
        raise ValueError("it has no such shape")
    return Header(shape, dtype)


def _require_room(path: Path, header: Header) -> None:
    if header.nbytes > free_host_memory():
        raise DataError(
            f"{path} holds an array of {header.nbytes / 2**30:,.1f} GiB, for which there is no memory: give "
            "a part of it, or images as an .npy, which is read from disk."
        )


class _told:
    """Tells in one sentence why a file cannot be read; a context manager."""

    def __init__(self, path: Path):
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if error is None or isinstance(error, DataError) or not isinstance(error, Exception):
            return
        if isinstance(error, OSError) and error.errno is not None:
            raise DataError(f"cannot read {self._path}: {error.strerror or error}.") from error
        if "encrypted" in str(error) or "password" in str(error):
            raise DataError(f"{self._path} is encrypted: save it without a password.") from error
        # whatever NumPy, its parser of headers, and zipfile's decompressors say of a file that makes no sense
        raise DataError(
            f"cannot read {self._path}: it is damaged, cut short, or holds pickled Python objects, which are "
            "never loaded: save plain arrays of numbers."
        ) from error
