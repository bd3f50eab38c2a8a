"""One file of an image, as a viewer shows it."""

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from surjax.errors import DataError
from surjax.typing import Shape

SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".gif", ".ppm", ".pgm", ".tif", ".tiff", ".webp"),
    ".avif",
)
"""The types of file that are taken."""

_MODES = {
    **dict.fromkeys(("RGB", "RGBA", "RGBX", "P", "PA", "CMYK", "YCbCr", "HSV", "LAB"), "RGB"),
    **dict.fromkeys(("L", "LA", "1"), "L"),
}
"""The modes of Pillow that are taken, and what they become."""
_ORIENTATION = 0x0112
"""The number of the EXIF tag that says how a camera was held; 1 is upright."""
_LYING = (5, 6, 7, 8)
"""The values of the tag with which a viewer shows the columns as rows."""


class Header(NamedTuple):
    """What the beginning of a file tells of its image.

    shape: (H, W, C) as it is shown, C one or three. turned: whether a tag says that it is to be turned.
    frames: how many images the file has, of which the first is taken. mode: Pillow's name of its colours.
    """

    shape: Shape
    turned: bool
    frames: int
    mode: str


def read_header(path: Path) -> Header:
    """Look at the beginning of a file.

    Raises:
        DataError: it is damaged, or has more than 8 bits a channel.
    """
    from PIL import Image

    with _opened(path) as image:
        # that of the class would decode the whole of a PNG
        orientation = Image.Image.getexif(image).get(_ORIENTATION, 1)
        height, width = (image.height, image.width)[:: -1 if orientation in _LYING else 1]
        channels = 1 if _MODES[image.mode] == "L" else 3
        frames = getattr(image, "n_frames", 1)
        return Header((height, width, channels), orientation in range(2, 9), frames, image.mode)


def read_picture(path: Path) -> np.ndarray:
    """The image of a file as a viewer shows it, (H, W, C) uint8, grey or RGB.

    It is turned as its EXIF tag says; of several frames it is the first; other colours, such as CMYK and LAB,
    become RGB.

    Raises:
        DataError: it is damaged, has transparent pixels or more than 8 bits a channel.
    """
    from PIL import ImageOps

    with _opened(path) as image, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of transparency in a palette
        if image.has_transparency_data and image.convert("RGBA").getchannel("A").getextrema() != (255, 255):
            raise DataError(
                f"{path} has transparent pixels, which are neither grey nor RGB: put it on a background."
            )
        shown = ImageOps.exif_transpose(image)
        pixels = np.asarray(_from_lab(shown) if shown.mode == "LAB" else shown.convert(_MODES[image.mode]))
    return pixels if pixels.ndim == 3 else pixels[..., None]


def _from_lab(image: Any) -> Any:
    """An image of CIE L*a*b* as sRGB, which Pillow converts by colour profiles alone."""
    from PIL import ImageCms

    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A file as Pillow's image; whatever goes wrong with it in the block is a DataError that names it."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            if image.mode not in _MODES or _is_deep(image):
                raise DataError(
                    f"{path} has more than 8 bits a channel, or numbers that are no colours (Pillow's mode "
                    f"{image.mode}), and images are grey or RGB of 8 bits: convert it."
                )
            yield image
    except DataError:
        raise
    except Exception as error:  # Pillow raises errors of many kinds for files that are damaged
        raise DataError(f"cannot read {path}: it is damaged or no image ({error}); leave it out.") from error


def _is_deep(image: Any) -> bool:
    """Whether Pillow would cut channels of 16 bits to 8, as it does silently with three of them."""
    return any(";16" in str(tile[3]) for tile in image.tile)
