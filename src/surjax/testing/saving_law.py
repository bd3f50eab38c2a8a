"""What is saved comes back."""

import tempfile
from pathlib import Path
from typing import Any

import equinox as eqx

from surjax.parts import parts_of
from surjax.serialize import load, save
from surjax.testing.cases import DistributionCase, TransformCase
from surjax.testing.law import Differences, same_bits
from surjax.testing.models import made


def saved_one_is_the_same_to_the_bit(
    case: TransformCase | DistributionCase, name: str, dtype: str
) -> Differences:
    """load(save(model)) = model, given the classes that are not surjax's."""
    model = made(case, name, dtype)
    with tempfile.TemporaryDirectory() as folder:
        save(model, Path(folder) / "model")
        loaded = load(Path(folder) / "model", classes=_classes_of_others(model))
        yield from same_bits("the loaded one", loaded, model)


def _classes_of_others(model: Any) -> list[type]:
    """The classes in a model that are neither surjax's nor Equinox's."""
    found = dict.fromkeys(type(part) for part in parts_of(model, eqx.Module, nested=True))
    return [cls for cls in found if cls.__module__.partition(".")[0] not in ("surjax", "equinox")]
