"""What an example of a data set is, as it is stored with a run."""

import dataclasses
from typing import Any

from surjax.data.column import Schema, schema_from_json, schema_to_json
from surjax.errors import DataError
from surjax.typing import Shape


@dataclasses.dataclass(frozen=True)
class ImageForm:
    """The shape (C, H, W) of an image, and the bits of its values 0 … 2^bits − 1.

    Raises:
        DataError: there are not three axes of at least one, or the bits are not from 1 to 8.

    >>> str(ImageForm((3, 32, 32), 5))
    '3×32×32, 5 bits'
    """

    shape: Shape
    bits: int = 8

    def __post_init__(self):
        if len(self.shape) != 3 or min(self.shape) < 1 or not 1 <= self.bits <= 8:
            raise DataError(
                f"no image has shape {self.shape} and {self.bits} bits: the shape is (channels, height, "
                "width), the bits are from 1 to 8"
            )

    def __str__(self) -> str:
        return f"{'×'.join(map(str, self.shape))}, {self.bits} bits"

    @property
    def levels(self) -> int:
        """How many values a channel of a pixel can have: 2^bits."""
        return 2**self.bits

    def to_json(self) -> dict[str, Any]:
        """Return it as a dict of plain values."""
        return {"shape": list(self.shape), "bits": self.bits}

    @classmethod
    def from_json(cls, fields: Any) -> "ImageForm":
        """Rebuild what `to_json` gave; DataError where it is not of that form."""
        try:
            return cls(tuple(int(side) for side in fields["shape"]), int(fields["bits"]))
        except (TypeError, KeyError) as error:
            raise DataError(f"this does not describe images: {fields!r}") from error


Form = Schema | ImageForm
"""The columns of a table, or the shape and bits of an image."""


def form_to_json(form: Form) -> dict[str, Any]:
    """Return {"schema": …} for the columns of a table, {"image": …} for images."""
    if isinstance(form, ImageForm):
        return {"image": form.to_json()}
    return {"schema": schema_to_json(form)}


def form_from_json(fields: dict[str, Any]) -> Form:
    """Rebuild what `form_to_json` gave, whatever else is in `fields`.

    Raises:
        DataError: an entry describes no column or image.
        KeyError: there is neither entry.

    >>> form_from_json({"image": {"shape": [3, 32, 32], "bits": 8}})
    ImageForm(shape=(3, 32, 32), bits=8)
    """
    if "image" in fields:
        return ImageForm.from_json(fields["image"])
    return schema_from_json(fields["schema"])
