"""The settings of a training run."""

import dataclasses

from surjax.errors import ConfigError
from surjax.plain import make_plain

OPTIMIZERS = ("adam", "adamw", "adamax")
SCHEDULES = ("constant", "cosine", "exponential", "dip")
LOSS_UNITS = ("nats", "bits_per_dim")
OPTIMISATION = ("learning_rate", "optimizer", "b1", "b2", "weight_decay", "clip_norm", "schedule")
OPTIMISATION += ("warmup_steps", "warmup_epochs", "warmup_examples", "warmup_hold", "decay_rate")
OPTIMISATION += ("decay_steps", "decay_epochs", "cooldown_steps", "cooldown_epochs", "cooldown_learning_rate")
"""The settings in whose place an optimizer stands that `fit` is given."""
_COUNTS = ("batch_size", "accumulate", "max_bad_steps", "decay_steps", "initial_rows")
_COUNTS += ("eval_every", "eval_batch_size", "validation_rows", "patience", "devices", "crop")
_WHOLE = ("steps", *_COUNTS, "warmup_steps", "warmup_hold", "cooldown_steps", "translate", "seed")
_AMOUNTS = ("warmup_steps", "warmup_epochs", "warmup_hold", "cooldown_steps", "cooldown_epochs")
_AMOUNTS += ("weight_decay", "scale_penalty", "translate", "checkpoint_minutes", "device_gib", "seed")


@dataclasses.dataclass(frozen=True)
class TrainConfig:
    """How a model is trained; every field is a flag of the command line.

    Raises ConfigError where a field is out of its range.
    """

    steps: int | None = 10_000
    """How many optimiser steps to take; None where `epochs` says it."""
    epochs: float | None = None
    """How many times to go through the data, where that ends before `steps`."""
    minutes: float | None = None
    """Stop after this many minutes of training, whatever `steps` and `epochs` say."""
    batch_size: int = 128
    """How many examples a step sees."""
    accumulate: int = 1
    """Let a batch through the model in this many parts, one after the other, to save memory."""
    learning_rate: float = 1e-3
    """The learning rate after warm-up."""
    optimizer: str = "adam"
    """adam, adamw (with weight_decay) or adamax."""
    b1: float = 0.9
    """The decay of the optimiser's first moment."""
    b2: float = 0.999
    """The decay of its second moment, or of adamax's maximum."""
    loss_unit: str = "nats"
    """What the optimiser sees the loss in: nats (an example) or bits_per_dim. Steps depend on that through
    what has a size of its own: the optimiser's ε of 10⁻⁸, scale_penalty and clip_norm."""
    schedule: str = "constant"
    """constant, cosine (to 0 at the last step), exponential (times decay_rate every decay_steps) or dip (that
    decay for one step, every decay_steps)."""
    warmup_steps: int = 0
    """Steps over which the learning rate rises linearly from 0."""
    warmup_epochs: float | None = None
    """The same in epochs, in place of `warmup_steps`."""
    warmup_examples: int | None = None
    """The same in examples, in place of `warmup_steps`: they need not come to a whole number of steps."""
    warmup_hold: int = 0
    """How many steps are at learning rate 0 before the warm-up begins, whose first is at 0 too."""
    decay_rate: float = 0.995
    """The factor of the schedules exponential and dip."""
    decay_steps: int = 1000
    """How many steps these take from one factor of decay_rate to the next."""
    decay_epochs: float | None = None
    """The same in epochs, in place of `decay_steps`."""
    cooldown_steps: int = 0
    """How many of the last steps have the constant learning rate of a cool-down."""
    cooldown_epochs: float | None = None
    """The same in epochs, in place of `cooldown_steps`."""
    cooldown_learning_rate: float = 2e-5
    """That learning rate."""
    weight_decay: float = 1e-4
    """The decoupled weight decay of adamw."""
    scale_penalty: float = 0.0
    """This times the penalties of the model's parts is added to the loss: of the squares of the scales of
    weights, say (RealNVP's L2 regularisation)."""
    clip_norm: float | None = None
    """Scale gradients down to this global norm where they exceed it."""
    ema_decay: float | None = None
    """Evaluate and keep an exponential moving average of the parameters with this decay."""
    flip: bool = False
    """Mirror every image left to right with probability ½ (images only)."""
    translate: int = 0
    """Move every image by up to this many pixels each way, its edges repeated (images only)."""
    shift: tuple[int, int] = (0, 0)
    """Move every image along one axis, which a coin chooses, by at least this and at most that many pixels,
    right or down where above 0, its edges repeated (images only)."""
    crop: int | None = None
    """Train on parts of the images of so many pixels a side, each at a random place, and evaluate on those in
    the middle (images only; the model is one of images of that size, see `surjax train pronf --crop`)."""
    eval_every: int | None = None
    """Steps between two evaluations (default: a fiftieth of `steps`, up to a tenth where evaluations would
    take more than about a tenth of the time)."""
    eval_batch_size: int | None = None
    """How many rows are evaluated at once (default: 8192; for images a batch, divided by accumulate)."""
    validation_rows: int | None = None
    """Evaluate on the first so many of the validation rows (default: all, or as many as take about a tenth
    of the time)."""
    patience: int | None = None
    """Stop after this many evaluations without a better validation loss."""
    keep_best: bool = True
    """Keep the parameters of the best validation loss, not the last ones, where there is validation."""
    max_bad_steps: int = 20
    """End with an error after this many steps in a row whose loss or gradient was not finite."""
    initialize: bool = True
    """Initialise what learns from data (ActNorm, Gaussianize) on a first batch."""
    initial_rows: int | None = None
    """How many rows that first batch has at most (default: 4096; for images batch_size)."""
    devices: int | None = None
    """Divide every batch over this many devices (default: for images all that divide it evenly, else 1)."""
    device_gib: float = 4.0
    """Keep the training data on the device where they have at most this many GiB; more than that stays on
    the host or on disk and streams, to the same numbers (0: always)."""
    checkpoint_minutes: float = 1.0
    """Minutes between two checkpoints of a run that has a folder."""
    seed: int = 0
    """The seed of the order of the data and of every draw in training."""

    def streams(self, nbytes: int) -> bool:
        """Whether training data of so many bytes stay on the host and come to the device in blocks."""
        return nbytes > self.device_gib * 2**30

    @property
    def changes_images(self) -> bool:
        """Whether training sees images that are flipped, moved or cropped."""
        return self.flip or self.translate > 0 or self.shift != (0, 0) or self.crop is not None

    @property
    def augmentation(self) -> tuple[bool, int, tuple[int, int], int | None]:
        """What is done to images, in the order of the arguments of `augmented`."""
        return self.flip, self.translate, self.shift, self.crop

    def __post_init__(self) -> None:
        """Check the ranges; NumPy's scalars become Python's numbers."""
        make_plain(self)
        for name in _WHOLE:
            number = getattr(self, name)
            whole = isinstance(number, int) and not isinstance(number, bool)
            _check(name, number, number is None or whole, "a whole number")
        if self.steps is None and self.epochs is None:
            raise ConfigError("steps and epochs are both None: give one of them, or both.")
        for name in ("steps", *_COUNTS):
            number = getattr(self, name)
            _check(name, number, number is None or number >= 1, "at least 1")
        for name in ("epochs", "minutes", "clip_norm", "decay_epochs", "warmup_examples"):
            number = getattr(self, name)
            _check(name, number, number is None or number > 0, "above 0")
        for name in _AMOUNTS:
            number = getattr(self, name)
            _check(name, number, number is None or number >= 0, "0 or more")
        for name in ("learning_rate", "cooldown_learning_rate"):
            _check(name, getattr(self, name), getattr(self, name) > 0, "above 0")
        _check("decay_rate", self.decay_rate, 0 < self.decay_rate <= 1, "above 0 and at most 1")
        for name in ("ema_decay", "b1", "b2"):
            decay = getattr(self, name)
            _check(name, decay, decay is None or 0 <= decay < 1, "at least 0 and below 1")
        _check("optimizer", self.optimizer, self.optimizer in OPTIMIZERS, "one of " + ", ".join(OPTIMIZERS))
        _check("schedule", self.schedule, self.schedule in SCHEDULES, "one of " + ", ".join(SCHEDULES))
        ascending = len(self.shift) == 2 and self.shift[0] <= self.shift[1]
        _check("loss_unit", self.loss_unit, self.loss_unit in LOSS_UNITS, "one of " + ", ".join(LOSS_UNITS))
        _check("shift", self.shift, ascending, "two numbers, the first at most the second")
        if self.warmup_epochs is not None and self.warmup_examples is not None:
            raise ConfigError(
                f"warmup_epochs is {self.warmup_epochs} and warmup_examples is {self.warmup_examples}: give "
                "one of them, and None for the other."
            )
        even = self.batch_size % self.accumulate == 0
        _check("accumulate", self.accumulate, even, f"a divisor of batch_size, {self.batch_size}")


def _check(name: str, given: object, good: bool, wanted: str) -> None:
    if not good:
        raise ConfigError(f"{name} is {given!r} and must be {wanted}.")
