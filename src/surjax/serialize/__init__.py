"""Models on disk, as folders that hold no code."""

from surjax.serialize.classes import register_class
from surjax.serialize.folder import load, load_with_extra, save

__all__ = ["load", "load_with_extra", "register_class", "save"]
