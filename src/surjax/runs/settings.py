"""All that decides the numbers of a run: the model, the data and the training."""

import dataclasses
import os
from pathlib import Path
from typing import Any, TypeVar

from surjax.errors import ConfigError, RunError
from surjax.models.base import ModelConfig
from surjax.train.config import TrainConfig

T = TypeVar("T")

FREE = ("minutes", "checkpoint_minutes")
"""Training settings that may be others when a run is resumed, because no number depends on them."""


@dataclasses.dataclass(frozen=True)
class DataConfig:
    """How a data set is read and divided; every field is a flag of the command line.

    Raises ConfigError where a field is out of its range.
    """

    rows: int | None = None
    """How many rows to take: drawn from a toy density (default: 128,000), or chosen at random from a
    table (default: all)."""
    columns: tuple[str, ...] | None = None
    """The columns to model, in this order (default: all)."""
    kinds: tuple[str, ...] = ()
    """The kind of columns that are not what they seem, as column=kind with the kinds numeric, integer
    and categorical."""
    array: str | None = None
    """Which array of an .npz to take."""
    validation_fraction: float = 0.1
    """The share of the rows that choose the best state and stop the training."""
    test_fraction: float = 0.1
    """The share of the rows that are kept for the last measurement; a toy density's are drawn afresh."""
    split_seed: int = 0
    """The seed of the division into parts, and of a toy density's points."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name in ("validation_fraction", "test_fraction"):
            if not 0 <= getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)} and must be at least 0 and below 1.")
        if self.validation_fraction + self.test_fraction >= 1:
            raise ConfigError(
                f"validation_fraction and test_fraction add up to "
                f"{self.validation_fraction + self.test_fraction:g} and must leave rows to train on: "
                "keep their sum below 1."
            )
        if self.split_seed < 0:
            raise ConfigError(f"split_seed is {self.split_seed} and must be 0 or more.")


@dataclasses.dataclass(frozen=True)
class RunSettings:
    """Everything that was chosen for a run.

    Attributes:
        model: the model's configuration.
        source: the name of a data set, or the absolute path of a file.
        data: how it is read and divided.
        training: how the model is trained.
        dtype: what is computed in, float32 or float64.
    """

    model: ModelConfig
    source: str
    data: DataConfig
    training: TrainConfig
    dtype: str = "float32"

    def to_json(self) -> dict[str, Any]:
        """Plain values, from which `from_json` makes the same settings."""
        return {
            "model": {"name": self.model.name, "config": dataclasses.asdict(self.model)},
            "source": self.source,
            "data": dataclasses.asdict(self.data),
            "training": dataclasses.asdict(self.training),
            "dtype": self.dtype,
        }

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "RunSettings":
        """Rebuild what `to_json` gave.

        Raises:
            ConfigError: no model of that name is known, or a setting is out of its range.
            KeyError, TypeError: something is missing or is not of that form.
        """
        from surjax.models import find

        model = find(fields["model"]["name"])
        return cls(
            model=_from_fields(model, fields["model"]["config"]),
            source=fields["source"],
            data=_from_fields(DataConfig, fields["data"]),
            training=_from_fields(TrainConfig, fields["training"]),
            dtype=fields["dtype"],
        )

    def require_same(self, begun: "RunSettings") -> None:
        """RunError, naming what differs, where a run that was begun otherwise is to be resumed."""
        ours, theirs = _flat(self), _flat(begun)
        names = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
        if names:
            different = ", ".join(f"{name} {theirs.get(name)} (now {ours.get(name)})" for name in names)
            raise RunError(
                f"the run was started with {different}: resume it with the same settings, or start a new "
                "one in another folder."
            )


def absolute_source(source: str) -> str:
    """The source of a data set as it is recorded: a file by its absolute path, a name as it is."""
    from surjax.data import BUNDLED, TOY

    named = source in TOY or source in BUNDLED
    return source if named or not Path(source).exists() else os.fspath(Path(source).absolute())


def _flat(settings: RunSettings) -> dict[str, Any]:
    """Each setting under the name of its flag, without those that may change."""
    parts = (settings.model, settings.data, settings.training)
    fields = {name: value for part in parts for name, value in dataclasses.asdict(part).items()}
    fields |= {"model": settings.model.name, "data": settings.source, "dtype": settings.dtype}
    return {name: value for name, value in fields.items() if name not in FREE}


def _from_fields(cls: type[T], fields: dict[str, Any]) -> T:
    """A dataclass from JSON, whose lists are tuples."""
    return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()})
