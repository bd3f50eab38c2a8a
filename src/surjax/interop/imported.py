"""A model that another project trained, as an importer gives it."""

from typing import NamedTuple

from surjax.flow import Flow
from surjax.models.base import ImageModel
from surjax.typing import Shape


class Imported(NamedTuple):
    """A model that another project trained."""

    config: ImageModel
    shape: Shape
    """(C, H, W)."""
    bits: int
    flow: Flow
    left_out: tuple[str, ...] = ()
    """What of the checkpoint is in no use and was left out, a sentence each."""
