"""How a set of images is read and divided."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from surjax.data.config import LATER, DataConfig
from surjax.data.form import Form
from surjax.data.image_form import ImageForm
from surjax.data.images.image_set import ImageSet
from surjax.data.images.load import is_array, load_images
from surjax.data.images.picture import Background
from surjax.errors import ConfigError, DataError


@dataclasses.dataclass(frozen=True)
class ImageConfig(DataConfig):
    """How a set of images is read and divided. They are made smaller, then padded, then given fewer bits."""

    bits: int | None = None
    """How many bits of each value to keep, from 2: the highest ones (default: all of 8). With more than 8,
    pictures and arrays of 16 bits are taken, which are refused otherwise."""
    range: tuple[float, float] | None = dataclasses.field(default=None, metadata=LATER)
    """Which numbers are black and white, in arrays and in pictures of more than 8 bits, as 0 1 or -1 1: they
    are rounded to 8 bits, or to 16 where --bits says more than 8 (default: whole numbers from 0 to 255)."""
    downsample: int = 1
    """Make the images smaller by this power of two: each pixel the rounded mean of a box."""
    pad: int | None = None
    """Put zeros around the images so that height and width are this."""
    channels: Literal["first", "last"] | None = None
    """Which axis of an .npy or .npz the channels are, where that cannot be told from its length."""
    background: Background | None = dataclasses.field(default=None, metadata=LATER)
    """What lies behind the transparent pixels of pictures, which are refused without it."""
    data_dir: str | None = None
    """Where published sets lie (default: surjax in the user's cache folder)."""

    def load(
        self, source: str, dtype: Any = None, form: Form | None = None
    ) -> tuple[ImageSet, ImageSet | None]:
        """Images (see `surjax.data.load_images`), which are uint8 whatever the model computes in."""
        images, test = self._read(source)
        if self.rows is not None:
            images = images.choose(self.rows, self.split_seed)
        images, test = self._change(images), None if test is None else self._change(test)
        if not self.given:
            return images, test
        images = images.conditioned(self.given, () if form is None else form.given)
        return images, None if test is None else test.conditioned(self.given, images.given)

    def load_unchanged(
        self, source: str, form: Form, dtype: Any = None, *, array: str | None = None
    ) -> ImageSet:
        """Images as `load_like` reads them, but not made smaller, padded or given fewer bits."""
        channels = self.channels if is_array(source) else None
        own = dataclasses.replace(self, array=array, channels=channels)
        images, test = own._read(source, ImageForm.require(form, "the model").shape[0])
        return images if test is None else test

    def _read(self, source: str, num_channels: int | None = None) -> tuple[ImageSet, ImageSet | None]:
        return load_images(
            source,
            data_dir=self.data_dir,
            array=self.array,
            channels=self.channels,
            num_channels=num_channels,
            bits=16 if self.bits is not None and self.bits > 8 else 8,
            range=self.range,
            background=self.background,
        )

    def _change(self, images: ImageSet) -> ImageSet:
        images = images.downsample(self.downsample)
        if self.pad is not None:
            images = images.pad(self.pad)
        return images if self.bits is None else images.reduce_bits(self.bits)

    def load_like(
        self,
        source: str,
        form: Form,
        dtype: Any,
        *,
        columns: Sequence[str] | None = None,
        array: str | None = None,
        strict: bool = True,
    ) -> ImageSet:
        """Images, made smaller, padded and given fewer bits as these are; of a set that comes with a test
        part it is that part. dtype and strict make no difference."""
        if columns is not None:
            raise ConfigError("images have no columns to choose: leave --columns out.")
        chosen = self._change(self.load_unchanged(source, form, array=array))
        if form.given:
            chosen = chosen.conditioned([column.name for column in form.given], form.given)
        if chosen.form != form:
            raise DataError(f"{source} holds images of {chosen.form} and the model takes {form}: give such.")
        return chosen

    def recorded(self) -> "ImageConfig":
        """The configuration with the absolute path of the folder where sets lie."""
        if self.data_dir is None:
            return self
        return dataclasses.replace(self, data_dir=str(Path(self.data_dir).absolute()))
