"""All that decides the numbers of a run: the model, the data and the training."""

import dataclasses
from typing import Any, TypeVar

from surjax.data import DataConfig
from surjax.declared import undeclared
from surjax.errors import RunError
from surjax.modalities import modality_of
from surjax.models.base import ModelConfig
from surjax.train.config import TrainConfig

T = TypeVar("T")

FREE = ("minutes", "checkpoint_minutes", "device_gib", "data_dir", "delimiter", "decimal")
"""Settings that may be others when a run is resumed, because no number depends on them, or because other data
are noticed by their fingerprint."""


@dataclasses.dataclass(frozen=True)
class RunSettings:
    """Everything that was chosen for a run.

    Attributes:
        model: the model's configuration.
        source: the name of a data set, or the absolute path of a file.
        data: how it is read and divided.
        training: how the model is trained.
        dtype: what is computed in, float32 or float64.
        preset: which of the model's presets the settings were chosen from; "paper" for none.
    """

    model: ModelConfig
    source: str
    data: DataConfig
    training: TrainConfig
    dtype: str = "float32"
    preset: str = "paper"

    def to_json(self) -> dict[str, Any]:
        """Plain values, from which `from_json` makes the same settings."""
        return {
            "model": {"name": self.model.name, "config": dataclasses.asdict(self.model)},
            "source": self.source,
            "data": self.data.to_json(),
            "training": dataclasses.asdict(self.training),
            "dtype": self.dtype,
            "preset": self.preset,
        }

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "RunSettings":
        """Rebuild what `to_json` gave.

        Raises:
            ConfigError: no model of that name is known, or a setting is out of its range.
            KeyError, TypeError, ValueError: something is missing or is not of that form.
        """
        from surjax.models import find

        for name in ("source", "dtype"):
            if not isinstance(fields[name], str):
                raise TypeError(f"{name} is {type(fields[name]).__name__}")
        if fields["dtype"] not in ("float32", "float64"):
            raise ValueError(f"dtype {fields['dtype']!r}")
        model = find(str(fields["model"]["name"]))
        return cls(
            model=_from_fields(model, fields["model"]["config"]),
            source=fields["source"],
            data=_from_fields(modality_of(model).data, fields["data"]),
            training=_from_fields(TrainConfig, fields["training"]),
            dtype=fields["dtype"],
            preset=fields.get("preset", "paper"),
        )

    def require_same(self, begun: "RunSettings") -> None:
        """RunError, naming what differs, where a run that was begun otherwise is to be resumed."""
        ours, theirs = flat_settings(self), flat_settings(begun)
        names = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
        if names:
            different = ", ".join(f"{name} {theirs.get(name)} (now {ours.get(name)})" for name in names)
            raise RunError(
                f"the run was started with {different}: resume it with the same settings, or start a new "
                "one in another folder."
            )


def flat_settings(settings: RunSettings, training: bool = True) -> dict[str, Any]:
    """Each setting under the name of its flag, without those that may change; training: those of it too."""
    parts = (settings.model, settings.data, *((settings.training,) if training else ()))
    fields = {name: value for part in parts for name, value in dataclasses.asdict(part).items()}
    fields |= {name: getattr(settings, name) for name in ("dtype", "preset")}
    fields |= {"model": settings.model.name, "data": settings.source}
    return {name: value for name, value in fields.items() if name not in FREE}


def _from_fields(cls: type[T], fields: dict[str, Any]) -> T:
    """A dataclass from JSON, whose lists are tuples; TypeError where a field is not as it is declared."""
    if not isinstance(fields, dict):
        raise TypeError(f"the settings of {cls.__name__} are {type(fields).__name__}")
    given = {name: _tuples(value) for name, value in fields.items()}
    wrong = undeclared(cls, given)
    if wrong:
        raise TypeError(wrong)
    return cls(**given)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
