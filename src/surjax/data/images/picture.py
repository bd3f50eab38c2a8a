"""One file of an image, as a viewer shows it."""

import contextlib
import dataclasses
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from surjax.data.images.deep import DeepTiff, deep_tiff, is_deep, read_deep, require_readable, turned
from surjax.data.images.levels import BYTES, Levels
from surjax.errors import DataError, SurjaxError
from surjax.typing import Shape

SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".gif", ".ppm", ".pgm", ".tif", ".tiff", ".webp"),
    ".avif",
)
"""The types of file that are taken."""
Background = Literal["white", "black"]

_MODES = {
    **dict.fromkeys(("RGB", "RGBA", "RGBX", "P", "PA", "CMYK", "YCbCr", "HSV", "LAB"), "RGB"),
    **dict.fromkeys(("L", "LA", "1"), "L"),
}
"""The modes of Pillow that are taken, and what they become."""
_ORIENTATION = 0x0112
"""The number of the EXIF tag that says how a camera was held; 1 is upright."""
_WIDTH, _HEIGHT = 0x0100, 0x0101
"""The numbers of those tags of a TIFF."""
_LYING = (5, 6, 7, 8)
"""The values of the tag with which a viewer shows the columns as rows."""


@dataclasses.dataclass(frozen=True)
class Reading:
    """How pictures are read.

    Attributes:
        levels: what becomes of those of more than 8 bits a channel, which are refused where it has neither 16
            bits nor a range.
        background: what lies behind transparent pixels; None to refuse them.
    """

    levels: Levels = BYTES
    background: Background | None = None


AS_BYTES = Reading()
"""More than 8 bits a channel and transparent pixels are refused."""


class Header(NamedTuple):
    """What the beginning of a file tells of its image.

    shape: (H, W, C) as it is shown, C one or three. turned: whether a tag says that it is to be turned.
    frames: how many images the file has, of which the first is taken. mode: Pillow's name of its colours, or
    the type of its numbers. deep: whether it has more than 8 bits a channel.
    """

    shape: Shape
    turned: bool
    frames: int
    mode: str
    deep: bool


def read_header(path: Path, reading: Reading = AS_BYTES) -> Header:
    """Look at the beginning of a file.

    Raises:
        DataError: it is damaged, or has more than 8 bits a channel and these are not asked for.
    """
    with _opened(path, reading) as picture:
        if isinstance(picture, DeepTiff):
            (height, width, channels), orientation = picture.shape, picture.orientation
            frames, mode, grey, deep = picture.pages, str(picture.dtype), channels < 3, True
        else:
            orientation = _orientation(picture)
            frames, mode, deep = getattr(picture, "n_frames", 1), picture.mode, is_deep(picture, path)
            grey = mode not in _MODES or _MODES[mode] == "L"
            # Pillow turns the size of a TIFF, and of nothing else
            stored = picture.tag_v2 if picture.format == "TIFF" else {}
            width, height = stored.get(_WIDTH, picture.width), stored.get(_HEIGHT, picture.height)
        height, width = (width, height) if orientation in _LYING else (height, width)
        return Header((height, width, 1 if grey else 3), orientation in range(2, 9), frames, mode, deep)


def read_picture(path: Path, reading: Reading = AS_BYTES) -> np.ndarray:
    """The image of a file as a viewer shows it, (H, W, C), grey or RGB.

    It is turned as its EXIF tag says; of several frames it is the first; other colours, such as CMYK and LAB,
    become RGB. It is uint8, and where it has more than 8 bits a channel what its `Levels` make of it.

    Raises:
        DataError: it is damaged, has transparent pixels and no background is given for them, or has more than
            8 bits a channel and these are not asked for.
        ConfigError: the package that reads so many bits is not installed.
    """
    with _opened(path, reading) as picture:
        if isinstance(picture, DeepTiff):
            pixels = reading.levels.pixels(_opaque(picture.read(), path), str(path))
            pixels = reading.levels.top - pixels if picture.inverted else pixels
            return turned(pixels, picture.orientation)
        if is_deep(picture, path):
            pixels = reading.levels.pixels(_opaque(read_deep(picture, path), path), str(path))
            return turned(pixels, _orientation(picture))
        pixels = np.asarray(_converted(picture, path, reading.background))
    return pixels if pixels.ndim == 3 else pixels[..., None]


def _orientation(picture: Any) -> int:
    """The value of the tag, read by the method of the base class: a PNG's own would decode all of it."""
    return _pillow().Image.getexif(picture).get(_ORIENTATION, 1)


def _converted(image: Any, path: Path, background: Background | None) -> Any:
    """A picture of 8 bits as Pillow's image, grey or RGB, upright and without transparency."""
    from PIL import Image, ImageOps

    mode, transparent = _MODES[image.mode], image.has_transparency_data
    shown = ImageOps.exif_transpose(image)
    if transparent:
        shown = shown.convert("RGBA")
        if shown.getchannel("A").getextrema() != (255, 255):
            if background is None:
                raise _transparent(path, ", or say with --background white what lies behind them")
            shown = Image.alpha_composite(Image.new("RGBA", shown.size, background), shown)
    if shown.mode in ("CMYK", "LAB"):
        return _from_profile(shown)
    return shown.convert(mode)


def _from_profile(image: Any) -> Any:
    """An image of CMYK or CIE L*a*b* as sRGB: by the colour profile that it carries, where it does.

    Pillow converts L*a*b* by profiles alone, and CMYK without one as if its colours were those of a screen.
    """
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile)) if profile else None
        given = ImageCms.createProfile("LAB") if given is None and image.mode == "LAB" else given
        if given is not None:
            srgb = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(image, given, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        if image.mode == "LAB":
            raise
    return image.convert("RGB")


def _opaque(numbers: np.ndarray, path: Path) -> np.ndarray:
    """Numbers (H, W, C) without their alpha channel, or DataError where that is not all opaque."""
    if numbers.shape[2] in (1, 3):
        return numbers
    most = np.iinfo(numbers.dtype).max if numbers.dtype.kind in "iu" else 1
    if (numbers[..., -1] != most).any():
        raise _transparent(path)
    return numbers[..., :-1]


def _transparent(path: Path, otherwise: str = "") -> DataError:
    return DataError(
        f"{path} has transparent pixels, which are neither grey nor RGB: put it on a background{otherwise}."
    )


@contextlib.contextmanager
def _opened(path: Path, reading: Reading) -> Iterator[Any]:
    """A file as Pillow's image, or as a `DeepTiff`; whatever goes wrong with it in the block is a DataError
    that names it."""
    try:
        with deep_tiff(path) as tiff:
            if tiff is not None:
                _require_asked_for(path, tiff.dtype, reading)
                yield tiff
                return
        with _pillow().open(path) as image:
            if is_deep(image, path):
                require_readable(image, path)
                _require_asked_for(path, np.dtype(np.uint16), reading)
            elif image.mode not in _MODES:
                raise DataError(
                    f"{path} has colours of a kind that is not read ({image.mode}): convert it to RGB."
                )
            yield image
    except SurjaxError:
        raise
    except OSError as error:
        if error.errno is not None:  # no permission, say
            raise DataError(f"cannot read {path}: {error.strerror or error}.") from error
        raise _damaged(path, error) from error
    except Exception as error:  # Pillow and tifffile raise errors of many kinds for files that are damaged
        raise _damaged(path, error) from error


def _require_asked_for(path: Path, dtype: np.dtype, reading: Reading) -> None:
    """DataError where a picture has more than 8 bits and neither 16 bits nor a range are asked for."""
    whole = reading.levels.bits > 8 and dtype.kind in "iu"
    if reading.levels.range is None and not whole:
        raise reading.levels.unknown(dtype, str(path))


def _damaged(path: Path, error: Exception) -> DataError:
    told = " ".join(str(error).split())[:200]
    return DataError(f"cannot read {path}: it is damaged or no image ({told}); leave it out.")


def _pillow() -> Any:
    from PIL import Image

    return Image
