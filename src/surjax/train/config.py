"""The settings of a training run."""

import dataclasses

from surjax.errors import ConfigError

OPTIMIZERS = ("adam", "adamw", "adamax")
SCHEDULES = ("constant", "cosine", "exponential")


@dataclasses.dataclass(frozen=True)
class TrainConfig:
    """How a model is trained; every field is a flag of the command line.

    Raises ConfigError where a field is out of its range.
    """

    steps: int = 10_000
    """How many optimiser steps to take."""
    minutes: float | None = None
    """Stop after this many minutes of training, whatever `steps` says."""
    batch_size: int = 128
    """How many examples a step sees."""
    learning_rate: float = 1e-3
    """The learning rate after warm-up."""
    optimizer: str = "adam"
    """adam, adamw (with weight_decay) or adamax."""
    schedule: str = "constant"
    """constant, cosine (to 0 at the last step) or exponential (times decay_rate every decay_steps)."""
    warmup_steps: int = 0
    """Steps over which the learning rate rises linearly from 0."""
    decay_rate: float = 0.995
    """The factor of the exponential schedule."""
    decay_steps: int = 1000
    """How many steps the exponential schedule takes for one factor of decay_rate."""
    weight_decay: float = 1e-4
    """The decoupled weight decay of adamw."""
    clip_norm: float | None = None
    """Scale gradients down to this global norm where they exceed it."""
    ema_decay: float | None = None
    """Evaluate and keep an exponential moving average of the parameters with this decay."""
    eval_every: int | None = None
    """Steps between two evaluations (default: a fiftieth of `steps`)."""
    patience: int | None = None
    """Stop after this many evaluations without a better validation loss."""
    keep_best: bool = True
    """Keep the parameters of the best validation loss, not the last ones, where there is validation."""
    max_bad_steps: int = 20
    """End with an error after this many steps in a row whose loss or gradient was not finite."""
    initialize: bool = True
    """Initialise what learns from data (ActNorm, Gaussianize) on a first batch."""
    initial_rows: int = 4096
    """How many rows that first batch has at most."""
    checkpoint_minutes: float = 1.0
    """Minutes between two checkpoints of a run that has a folder."""
    seed: int = 0
    """The seed of the order of the data and of every draw in training."""

    @property
    def interval(self) -> int:
        """The number of steps between two evaluations."""
        return min(self.eval_every or -(-self.steps // 50), self.steps)

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name in ("steps", "batch_size", "max_bad_steps", "decay_steps", "initial_rows"):
            _check(name, getattr(self, name), getattr(self, name) >= 1, "at least 1")
        for name in ("eval_every", "patience"):
            number = getattr(self, name)
            _check(name, number, number is None or number >= 1, "at least 1")
        for name in ("minutes", "clip_norm"):
            number = getattr(self, name)
            _check(name, number, number is None or number > 0, "above 0")
        for name in ("warmup_steps", "weight_decay", "checkpoint_minutes", "seed"):
            _check(name, getattr(self, name), getattr(self, name) >= 0, "0 or more")
        _check("learning_rate", self.learning_rate, self.learning_rate > 0, "above 0")
        _check("decay_rate", self.decay_rate, 0 < self.decay_rate <= 1, "above 0 and at most 1")
        ema = self.ema_decay
        _check("ema_decay", ema, ema is None or 0 <= ema < 1, "at least 0 and below 1")
        _check("optimizer", self.optimizer, self.optimizer in OPTIMIZERS, "one of " + ", ".join(OPTIMIZERS))
        _check("schedule", self.schedule, self.schedule in SCHEDULES, "one of " + ", ".join(SCHEDULES))


def _check(name: str, given: object, good: bool, wanted: str) -> None:
    if not good:
        raise ConfigError(f"{name} is {given!r} and must be {wanted}.")
