"""What an image is."""

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from surjax.data.column import Schema
from surjax.data.form import Form, not_of_form
from surjax.errors import DataError
from surjax.typing import Shape

EACH = "each"
"""What stands in the place of an image's label for all classes in turn."""


@dataclasses.dataclass(frozen=True)
class ImageForm(Form):
    """The shape (C, H, W) of an image, and the bits of its values 0 … 2^bits − 1.

    Raises:
        DataError: there are not three axes of at least one, or the bits are not from 1 to 16.

    >>> str(ImageForm((3, 32, 32), 5))
    '3×32×32, 5 bits'
    """

    key: ClassVar[str] = "image"
    word: ClassVar[str] = "image"
    medium: ClassVar[str] = "images"
    modelled: ClassVar[str] = "images"
    in_bits: ClassVar[bool] = True

    shape: Shape
    bits: int = 8
    given: Schema = dataclasses.field(default=(), repr=False)

    def __post_init__(self):
        if len(self.shape) != 3 or min(self.shape) < 1 or not 1 <= self.bits <= 16:
            raise DataError(
                f"no image has shape {self.shape} and {self.bits} bits: the shape is (channels, height, "
                "width), the bits are from 1 to 16."
            )

    def __str__(self) -> str:
        return f"{'×'.join(map(str, self.shape))}, {self.bits} bits"

    @property
    def levels(self) -> int:
        """How many values a channel of a pixel can have: 2^bits."""
        return 2**self.bits

    @property
    def dtype(self) -> np.dtype:
        """What its values are stored as: uint8, or uint16 where they have more than 8 bits."""
        return np.dtype(np.uint8 if self.bits <= 8 else np.uint16)

    @property
    def discrete(self) -> bool:
        """Whether nothing is continuous: always."""
        return True

    def rows_meant(self, entries: Sequence[str]) -> list[list[str]]:
        """The label may be the number of a class, or `EACH`, which means a row for every class.

        >>> from surjax.data import Column
        >>> label = Column("label", "categorical", ("cat", "dog"))
        >>> ImageForm((3, 32, 32), given=(label,)).rows_meant(["label=each"])
        [['label=cat'], ['label=dog']]
        """
        if len(entries) != 1 or not self.given:
            return super().rows_meant(entries)
        (label,) = self.given
        name, _, text = entries[0].partition("=")
        if text in label.categories:
            return [list(entries)]
        if text == EACH:
            return [[f"{name}={category}"] for category in label.categories]
        if text.isdigit() and int(text) < len(label.categories):
            return [[f"{name}={label.categories[int(text)]}"]]
        return [list(entries)]

    def to_json(self) -> dict[str, Any]:
        """Return it as a dict of plain values."""
        return {"shape": list(self.shape), "bits": self.bits}

    @classmethod
    def from_json(cls, content: Any) -> "ImageForm":
        """Rebuild what `to_json` gave; DataError where it is not of that form.

        >>> ImageForm.from_json({"shape": [3, 32, 32], "bits": 8})
        ImageForm(shape=(3, 32, 32), bits=8)
        """
        try:
            shape, bits = tuple(content["shape"]), content["bits"]
            if not all(type(number) is int for number in (*shape, bits)):
                raise TypeError("a side or the bits are no whole number")
            return cls(shape, bits)
        except (TypeError, KeyError) as error:
            raise not_of_form("images", content) from error
