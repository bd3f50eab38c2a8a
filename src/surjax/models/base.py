"""What every model's configuration is."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.train.config import TrainConfig


@dataclass(frozen=True)
class ModelConfig(ABC):
    """A published system as a frozen dataclass: the paper's numbers are the fields' defaults.

    `build` makes the flow. On the command line the model is chosen by `name` and every field is a flag.
    """

    name: ClassVar[str]
    """What the command line calls it."""
    summary: ClassVar[str]
    """One line for `surjax models`, with the paper."""

    @abstractmethod
    def build(self, key: Any, dim: int = 2) -> Flow:
        """The flow over vectors of `dim` continuous numbers, with fresh weights drawn from key."""

    @property
    def training(self) -> TrainConfig:
        """The settings that the model is trained with by default."""
        return TrainConfig()


def require_plane(config: ModelConfig, dim: int) -> None:
    """Raise ConfigError where a model of the plane is asked for in another dimension."""
    if dim != 2:
        raise ConfigError(
            f"{config.name} is a model of 2 columns and the data have {dim}: use a model of any dimension, "
            "such as tabular, maf or nsf."
        )
