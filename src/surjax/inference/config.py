"""The settings of a fit to a log-density."""

import dataclasses

from surjax.errors import ConfigError
from surjax.train.config import TrainConfig

GRADIENTS = ("auto", "path", "total")
_OF_DATA = ("epochs", "warmup_epochs", "decay_epochs", "cooldown_epochs", "crop")


@dataclasses.dataclass(frozen=True)
class DensityConfig(TrainConfig):
    """How a flow is fitted to a log-density: the settings of `TrainConfig`, some with other defaults, and
    these.

    validation_rows is how many draws of the flow each evaluation is of (default: 4096, or as many as take
    about a tenth of the time).

    Raises ConfigError where a field is out of its range, or is about data that there are not: epochs, images.

    >>> DensityConfig(steps=2000, start_temperature=10.0).anneal
    0.5
    """

    steps: int | None = 5000
    """How many optimiser steps to take."""
    batch_size: int = 256
    """How many draws of the flow a step is of."""
    schedule: str = "cosine"
    """constant, cosine, exponential or dip: see `TrainConfig`."""
    clip_norm: float | None = 10.0
    """Scale gradients down to this global norm where they exceed it: a draw far out in a narrow part of the
    target may have one that is larger by orders of magnitude."""
    initialize: bool = False
    """Initialise what learns from data (ActNorm, Gaussianize) on draws of the flow; a flow that was fitted
    before is best left as it is."""
    gradient: str = "auto"
    """path (sticking the landing), total, or auto: path where the flow is exact."""
    start_temperature: float = 1.0
    """The temperature T at the start, of the target to the power 1/T: above 1, modes that are far apart are
    found while it is flat."""
    anneal: float = 0.5
    """The share of the training over which the temperature falls to 1."""
    data_weight: float = 0.5
    """With data, the weight of their negative log-likelihood in the loss; that of the reverse KL divergence
    is the rest."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        super().__post_init__()
        if self.gradient not in GRADIENTS:
            raise ConfigError(f"gradient is {self.gradient!r} and must be one of {', '.join(GRADIENTS)}.")
        if not self.start_temperature > 0:
            raise ConfigError(f"start_temperature is {self.start_temperature!r} and must be above 0.")
        for name in ("anneal", "data_weight"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"{name} is {getattr(self, name)!r} and must be at least 0 and at most 1.")
        given = [name for name in _OF_DATA if getattr(self, name) is not None]
        given += ["flip, translate or shift"] if self.changes_images and self.crop is None else []
        if given:
            raise ConfigError(
                f"{given[0]} is given, and a fit to a log-density goes through no rows or images: count in "
                "steps, and leave it out."
            )
