"""What is saved comes back."""

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

import equinox as eqx

from surjax.serialize import load, save
from surjax.testing.cases import DistributionCase, TransformCase
from surjax.testing.law import Differences, same_bits
from surjax.testing.models import made, outline


def saved_one_is_the_same_to_the_bit(
    case: TransformCase | DistributionCase, name: str, dtype: str
) -> Differences:
    """load(save(model)) = model."""
    model = made(case, name, dtype)
    with tempfile.TemporaryDirectory() as folder:
        save(model, Path(folder) / "model")
        yield from same_bits("the loaded one", load(Path(folder) / "model"), model)


def can_be_loaded(case: TransformCase | DistributionCase) -> bool:
    """Whether all classes of a model are those that `load` makes objects of: surjax's and Equinox's."""
    return all(cls.__module__.split(".")[0] in ("surjax", "equinox") for cls in _classes(outline(case)))


def _classes(part: Any) -> set[type]:
    if isinstance(part, eqx.Module):
        fields = (getattr(part, field.name, None) for field in dataclasses.fields(part))
        return {type(part)}.union(*map(_classes, fields))
    if isinstance(part, tuple | list):
        return set().union(*map(_classes, part))
    return set()
