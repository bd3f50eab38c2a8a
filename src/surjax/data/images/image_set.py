"""Images: whole numbers, as a model that dequantises wants them."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from surjax.data.column import Column, Schema
from surjax.data.dataset import DataSet
from surjax.data.image_form import ImageForm
from surjax.data.lazy import LazyRows, read_if_small
from surjax.errors import ConfigError, DataError

LABEL = "label"
"""What the class of an image is called where it is given."""


@dataclasses.dataclass(frozen=True, eq=False)
class ImageSet(DataSet):
    """Images of one size, as whole numbers.

    Attributes:
        name: the set or file it is from.
        values: (N, C, H, W) uint8 from 0 to 2^bits − 1, or uint16 where bits is more than 8, with one channel
            or three; `LazyRows`, which are read and changed when they are asked for, where they are too large
            for the memory.
        bits: of a channel of a pixel.
        labels: (N,) whole numbers, the class of each image, where it is known.
        classes: the names of the classes, where they have some.

    Raises:
        DataError: there are no images, or they are not of that type, shape or range.

    >>> images = ImageSet("stripes", np.arange(2 * 1 * 4 * 4, dtype=np.uint8).reshape(2, 1, 4, 4) * 8)
    >>> images.form, images.downsample(2).reduce_bits(5).values[0, 0].tolist()
    (ImageForm(shape=(1, 4, 4), bits=8), [[2, 4], [10, 12]])
    """

    bits: int = 8
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()

    def __post_init__(self):
        stored = np.dtype(np.uint8 if self.bits <= 8 else np.uint16)
        if self.values.dtype != stored:
            raise DataError(
                f"{self.name} holds {self.values.dtype} and images of {self.bits} bits are {stored} from 0 "
                f"to {2**self.bits - 1}: convert it, where x is from 0 to 1 for instance by "
                f"({2**self.bits - 1} * x).round().astype('{stored}')."
            )
        if len(self.values.shape) != 4 or self.values.shape[1] not in (1, 3):
            raise DataError(
                f"{self.name} has shape {self.values.shape} and images have (N, C, H, W), with one channel "
                "or three: reshape it."
            )
        if 0 in self.values.shape:
            raise DataError(f"{self.name} has shape {self.values.shape} and so no pixels: give some images.")
        if (
            self.bits not in (8, 16)
            and isinstance(self.values, np.ndarray)
            and self.values.max() >= 2**self.bits
        ):
            raise DataError(
                f"{self.name} has the value {self.values.max()}, which has more than {self.bits} bits."
            )

    @property
    def form(self) -> ImageForm:
        """The shape and bits of an image."""
        return ImageForm(self.values.shape[1:], self.bits, self.given)

    @property
    def truth(self) -> None:
        """None: nobody knows the density of images."""
        return None

    def take(self, rows: np.ndarray) -> "ImageSet":
        """Return the set of some images, given by their numbers."""
        values = self.values
        return dataclasses.replace(
            self,
            values=read_if_small(values.take(rows)) if isinstance(values, LazyRows) else values[rows],
            labels=None if self.labels is None else self.labels[rows],
            context=None if self.context is None else self.context[rows],
        )

    def conditioned(self, given: Sequence[str], like: Schema = ()) -> "ImageSet":
        """The set whose labels are given: a column "label" of categories, the names of the classes or their
        numbers.

        like: the label as a model is given it, whose codes these get, by the names of the classes.

        Raises:
            DataError: it has no labels, or other classes than the model, or something else is to be given.

        >>> values, labels = np.zeros((3, 1, 4, 4), np.uint8), np.array([1, 0, 1])
        >>> stripes = ImageSet("stripes", values, labels=labels, classes=("across", "down"))
        >>> given = stripes.conditioned(["label"])
        >>> given.context.tolist(), given.given[0].categories
        ([[1.0], [0.0], [1.0]], ('across', 'down'))
        """
        if tuple(given) != (LABEL,):
            raise DataError(
                f"images can be given their {LABEL} alone, and not {', '.join(given)}: say --given {LABEL}."
            )
        if self.labels is None:
            raise DataError(
                f"{self.name} has no labels that could be given: take a set that has some, such as cifar10."
            )
        different, codes = np.unique(self.labels, return_inverse=True)
        names = [self.classes[label] if self.classes else str(label) for label in different]
        if not like and len(names) < 2:
            raise DataError(f"{self.name} has images of one class alone: leave --given {LABEL} out.")
        column = like[0] if like else Column(LABEL, "categorical", self.classes or tuple(names))
        code_of = {name: code for code, name in enumerate(column.categories)}
        unknown = [name for name in names if name not in code_of]
        if unknown:
            raise DataError(
                f"{self.name} has images of the class {unknown[0]!r}, which is none of those that the model "
                f"knows ({', '.join(column.categories[:8])}): leave them out."
            )
        context = np.array([code_of[name] for name in names], np.float64)[codes.reshape(-1), None]
        return dataclasses.replace(self, context=context, given=(column,))

    def reduce_bits(self, bits: int) -> "ImageSet":
        """Keep the highest bits of each value: ⌊x / 2^(b − bits)⌋ where x has b (Glow, section 6).

        Raises:
            ConfigError: bits is not from 2 to those that there are.
        """
        if not 2 <= bits <= self.bits:
            raise ConfigError(
                f"bits is {bits} and {self.name} has {self.bits} of them: choose from 2 to {self.bits}."
            )
        shift = self.bits - bits
        stored = ImageForm(self.values.shape[1:], bits).dtype
        return self._changed(lambda values: (values >> shift).astype(stored), bits=bits)

    def downsample(self, factor: int) -> "ImageSet":
        """Make the images smaller by a power of two: the mean of each box of factor × factor, rounded.

        Raises:
            ConfigError: factor is no power of two, or the sides are no multiples of it.
        """
        if factor < 1 or factor & (factor - 1):
            raise ConfigError(f"downsample is {factor} and must be a power of two: 1, 2, 4, …")
        channels, height, width = self.values.shape[1:]
        if height % factor or width % factor:
            raise ConfigError(
                f"downsample is {factor} and the images of {self.name} are {height}×{width}: choose a power "
                "of two that divides both sides."
            )
        if factor == 1:
            return self

        def means(values: np.ndarray) -> np.ndarray:
            boxes = values.reshape(-1, channels, height // factor, factor, width // factor, factor)
            total = boxes.sum((3, 5), dtype=np.uint32)
            return ((total + factor**2 // 2) // factor**2).astype(values.dtype)

        return self._changed(means)

    def pad(self, side: int) -> "ImageSet":
        """Put zeros around the images, as wide on each side, so that they are side × side.

        Raises:
            ConfigError: an image is larger.
        """
        height, width = self.values.shape[2:]
        if side < max(height, width):
            raise ConfigError(
                f"pad is {side} and the images of {self.name} are {height}×{width}: it must be at least "
                f"{max(height, width)}."
            )
        around = [((side - length) // 2, (side - length + 1) // 2) for length in (height, width)]
        return self._changed(lambda values: np.pad(values, ((0, 0), (0, 0), *around)))

    def _changed(self, change: Callable[[np.ndarray], np.ndarray], **fields: Any) -> "ImageSet":
        """The set with the images that `change` makes of any number of them."""
        if isinstance(self.values, LazyRows):
            return dataclasses.replace(self, values=read_if_small(self.values.map(change)), **fields)
        return dataclasses.replace(self, values=change(self.values), **fields)
