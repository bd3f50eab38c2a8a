"""How a set of images is read and divided."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from surjax.data.config import DataConfig
from surjax.data.form import Form
from surjax.data.images.image_set import ImageSet
from surjax.data.images.load import load_images
from surjax.errors import ConfigError, DataError


@dataclasses.dataclass(frozen=True)
class ImageConfig(DataConfig):
    """How a set of images is read and divided. They are made smaller, then padded, then given fewer bits."""

    bits: int | None = None
    """How many bits of each value to keep, from 2: the highest ones (default: all, mostly 8)."""
    downsample: int = 1
    """Make the images smaller by this power of two: each pixel the rounded mean of a box."""
    pad: int | None = None
    """Put zeros around the images so that height and width are this."""
    channels: Literal["first", "last"] | None = None
    """Which axis of an .npy or .npz the channels are, where that cannot be told from its length."""
    data_dir: str | None = None
    """Where published sets lie (default: surjax in the user's cache folder)."""

    def load(
        self, source: str, dtype: Any = None, form: Form | None = None
    ) -> tuple[ImageSet, ImageSet | None]:
        """Images (see `surjax.data.load_images`), which are uint8 whatever the model computes in."""
        images, test = load_images(source, data_dir=self.data_dir, array=self.array, channels=self.channels)
        if self.rows is not None:
            images = images.choose(self.rows, self.split_seed)
        return self._change(images), None if test is None else self._change(test)

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
        images, test = dataclasses.replace(self, array=array, rows=None).load(source)
        chosen = images if test is None else test
        if chosen.form != form:
            raise DataError(f"{source} holds images of {chosen.form} and the model takes {form}: give such.")
        return chosen

    def recorded(self) -> "ImageConfig":
        """The configuration with the absolute path of the folder where sets lie."""
        if self.data_dir is None:
            return self
        return dataclasses.replace(self, data_dir=str(Path(self.data_dir).absolute()))
