"""Pictures of more than 8 bits a channel, which Pillow cuts to 8 where they have colours."""

import contextlib
import importlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from surjax.errors import ConfigError, DataError
from surjax.typing import Shape

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""The first bytes of a TIFF; the last two are of a BigTIFF."""
_TURNS = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: pixels.swapaxes(0, 1)[:, ::-1],
    7: lambda pixels: pixels.swapaxes(0, 1)[::-1, ::-1],
    8: lambda pixels: pixels.swapaxes(0, 1)[::-1],
}
"""What a viewer does for each value of the orientation tag of EXIF but 1."""
_HIGH_BITDEPTH = 0x40
"""The bit of the third byte of an AVIF's configuration (av1C) that says that it has 10 or 12 bits."""
_HEADER_BYTES = 1 << 16
_MOST_PIXELS = 178_956_970
"""Pillow's own limit, beyond which a picture is taken for an attack."""
_BITS_PER_SAMPLE = 258
"""The number of that tag of a TIFF."""


def turned(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Pixels (H, W, …) as a viewer shows them where the tag of EXIF has that value."""
    return _TURNS.get(orientation, lambda same: same)(pixels)


def is_deep(image: Any, path: Path) -> bool:
    """Whether a picture that Pillow has opened has more than 8 bits a channel, or other numbers."""
    if image.format == "AVIF":
        with path.open("rb") as file:
            _, found, configuration = file.read(_HEADER_BYTES).partition(b"av1C")
        return bool(found) and len(configuration) > 2 and bool(configuration[2] & _HIGH_BITDEPTH)
    if image.format == "PPM":  # the largest value is among what the decoder is told
        return any(isinstance(most, int) and most > 255 for tile in image.tile for most in tile[3][1:])
    if image.format == "TIFF":
        return any(bits > 8 for bits in image.tag_v2.get(_BITS_PER_SAMPLE, (1,)))
    return image.mode.startswith(("I", "F")) or any(";16" in str(tile[3]) for tile in image.tile)


def require_readable(image: Any, path: Path) -> None:
    """DataError where a picture of more than 8 bits is of a type of which nothing here reads so many.

    That is one of colours, but for PNG, and TIFF, which is none of Pillow's where it has more than 8 bits.
    """
    if image.format != "PNG" and not image.mode.startswith("I"):
        raise DataError(
            f"{path} has more than 8 bits a channel, which are not read from {image.format} files: convert "
            "it to PNG or TIFF."
        )


def read_deep(image: Any, path: Path) -> np.ndarray:
    """The numbers (H, W, C) of such a picture, from 0 to 65535; with an alpha channel C is two or four.

    Raises ConfigError where the package that reads it is not installed.
    """
    if image.mode.startswith("I"):
        numbers = np.asarray(image).astype(np.uint16)  # grey, which Pillow leaves as it is
    else:
        numbers = _imagecodecs(path).png_decode(path.read_bytes())
    return numbers if numbers.ndim == 3 else numbers[..., None]


class DeepTiff:
    """The first page of a TIFF that has more than 8 bits a channel, or numbers that are no bytes.

    Attributes:
        shape: (H, W, C) as it is stored; with an alpha channel C is two or four.
        dtype: of its numbers.
        orientation: the value of its tag.
        pages: how many the file has.
        inverted: whether 0 is white.

    Raises:
        DataError: its colours are neither grey nor RGB, or it has too many pixels.
    """

    def __init__(self, page: Any, pages: int, path: Path):
        self._page, self._path, self.pages, self.dtype = page, path, pages, page.dtype
        orientation = page.tags.get("Orientation")
        self.orientation = 1 if orientation is None else int(orientation.value)
        self.inverted = int(page.photometric) == 0
        axes = dict(zip(page.axes, page.shape, strict=True))
        self.shape: Shape = (axes.get("Y", 0), axes.get("X", 0), axes.get("S", 1))
        if self.shape[0] * self.shape[1] > _MOST_PIXELS:
            raise DataError(
                f"{path} has {self.shape[0]}×{self.shape[1]} pixels, too many for an image: leave it out."
            )
        if int(page.photometric) not in (0, 1, 2) or set(axes) - {*"YXS"} or self.shape[2] > 4:
            raise DataError(
                f"{path} is a TIFF of {page.dtype} that is neither grey nor RGB "
                f"({page.photometric.name.lower()}, {'×'.join(map(str, page.shape))}): convert it."
            )

    def read(self) -> np.ndarray:
        """The numbers, (H, W, C).

        Raises ConfigError where the package that decompresses them is not installed.
        """
        try:
            numbers = self._page.asarray()
        except ValueError as error:
            raise (_not_installed(self._path) if "imagecodecs" in str(error) else error) from error
        order = [self._page.axes.index(axis) for axis in "YXS" if axis in self._page.axes]
        return numbers.transpose(order).reshape(self.shape)


@contextlib.contextmanager
def deep_tiff(path: Path) -> Iterator[DeepTiff | None]:
    """A file that is open in the block; None where it is no TIFF, or one of bytes or bits, which Pillow
    reads.

    Whatever is wrong with the file raises errors of many kinds.
    """
    with path.open("rb") as file:
        is_tiff = file.read(4) in _TIFF
    if not is_tiff:
        yield None
        return
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # what fails is told by the error
    with tifffile.TiffFile(path) as tiff:
        page: Any = tiff.pages.first
        bytes_or_bits = page.dtype is None or page.dtype.kind == "b" or page.dtype == np.uint8
        yield None if bytes_or_bits else DeepTiff(page, len(tiff.pages), path)


def _imagecodecs(path: Path) -> Any:
    try:
        return importlib.import_module("imagecodecs")
    except ImportError as error:
        raise _not_installed(path) from error


def _not_installed(path: Path) -> ConfigError:
    return ConfigError(
        f"{path} has more than 8 bits a channel, and the package imagecodecs, which reads such colours, is "
        "not installed: `pip install 'surjax[deep]'`."
    )
