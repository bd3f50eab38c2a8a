"""What a configuration comes to for a data set: every budget, schedule and size as a plain number."""

import dataclasses
import math
from typing import Any, NamedTuple

import jax

from surjax.chunks import CHUNK
from surjax.errors import DataError
from surjax.train.augment import are_images, require_images
from surjax.train.config import TrainConfig
from surjax.train.devices import Devices, choose_devices
from surjax.typing import Shape

_EVALUATIONS = (50, 10)
"""How many evaluations a training has by default, and how few at the least, where each takes long."""
_VALIDATION_SHARE = 0.1
"""The share of a training's time that its evaluations may take together."""
_PASSES = 3
"""A step is about three evaluations of its batch: one forward, and two for the gradient."""
_ROWS_A_STEP = 2000
"""A step of a small model, mostly the handling of small arrays, takes as long as evaluating so many rows."""
_INITIAL_ROWS = 4096


class Keys(NamedTuple):
    """What each kind of draw of a training starts from.

    order: of the rows. noise: of the model, for the batches. validation: the same for the validation
    rows. augment: of flips and translations.
    """

    order: Any
    noise: Any
    validation: Any
    augment: Any


@dataclasses.dataclass(frozen=True)
class Plan:
    """A `TrainConfig` with nothing left open.

    Attributes:
        config: the settings that are as they were.
        devices: over which the batch is divided.
        steps: the last step.
        interval: steps between two evaluations.
        validation_rows: of how many validation rows each evaluation is, if there are any.
        batch_size: how many examples a step sees.
        large: whether an example is large, so that no more are evaluated at once than a batch has.
        eval_batch_size: how many go through the model at once where it is evaluated.
        initial_rows: how many it is initialised on, at most.
        warmup_steps, decay_steps, cooldown_steps: the parts of the schedule; the first may be a fraction.
        loss_scale: what a loss in nats is multiplied with, before the optimiser sees it.
        gaps: whether numbers of an example may be missing, which are NaN (see `surjax.gaps`).
    """

    config: TrainConfig
    devices: Devices
    steps: int
    interval: int
    validation_rows: int
    batch_size: int
    large: bool
    eval_batch_size: int
    initial_rows: int
    warmup_steps: float
    decay_steps: int
    cooldown_steps: int
    loss_scale: float
    gaps: bool = False

    @property
    def keys(self) -> Keys:
        """The keys of its draws, which follow from the seed alone."""
        root = jax.random.key(self.config.seed)
        order, noise, validation = jax.random.split(root, 3)
        return Keys(order, noise, validation, jax.random.fold_in(root, 3))

    @property
    def for_any_seed(self) -> "Plan":
        """The same for all plans that differ in the seed alone: what a program is compiled for."""
        return dataclasses.replace(self, config=dataclasses.replace(self.config, seed=0))


def make_plan(
    config: TrainConfig, rows: int, shape: Shape = (), large: bool | None = None, held_out: int = 0
) -> Plan:
    """The plan for so many rows of data, each of `shape`, and so many held out for validation.

    An epoch is as many whole batches as the rows have. What goes through the model at once is bounded
    more tightly for examples that are large than for others; without `large`, images are. Where all of the
    validation rows would take more than about a tenth of the training, there are fewer evaluations, and then
    of fewer rows: what the configuration says of either holds. It is worked out from numbers of rows, not
    measured, so that a training comes to the same numbers whatever the machine.

    Raises:
        ConfigError: flips, translations or shifts of what is no image, or a batch that cannot be divided.
        DataError: fewer rows than a batch has, and they cannot be divided.

    >>> make_plan(TrainConfig(steps=None, epochs=3, batch_size=32), rows=1000).steps
    93
    """
    large = are_images(shape) if large is None else large
    require_images(config, shape)
    batch_size = min(config.batch_size, rows)
    if batch_size % config.accumulate:
        raise DataError(
            f"the data have {rows} rows, a batch of which cannot be divided into {config.accumulate} equal "
            "micro-batches: lower accumulate or batch_size."
        )
    per_epoch = rows // batch_size
    micro_batch = batch_size // config.accumulate
    devices = choose_devices(config.devices, micro_batch, large)

    def in_steps(steps: int, epochs: float | None) -> int:
        return steps if epochs is None else round(epochs * per_epoch)

    budgets = (config.steps, None if config.epochs is None else max(in_steps(0, config.epochs), 1))
    steps = min(budget for budget in budgets if budget is not None)
    interval, validation_rows = _evaluations(config, steps, batch_size, large, held_out)
    chunk = config.eval_batch_size or (micro_batch if large else CHUNK)
    return Plan(
        config=config,
        devices=devices,
        steps=steps,
        interval=interval,
        validation_rows=validation_rows,
        batch_size=batch_size,
        large=large,
        eval_batch_size=-(-chunk // devices.n) * devices.n,
        initial_rows=config.initial_rows or (config.batch_size if large else _INITIAL_ROWS),
        warmup_steps=(
            in_steps(config.warmup_steps, config.warmup_epochs)
            if config.warmup_examples is None
            else config.warmup_examples / batch_size
        ),
        decay_steps=max(in_steps(config.decay_steps, config.decay_epochs), 1),
        cooldown_steps=in_steps(config.cooldown_steps, config.cooldown_epochs),
        loss_scale=1.0 if config.loss_unit == "nats" else 1 / (math.prod(shape) * math.log(2)),
    )


def _evaluations(
    config: TrainConfig, steps: int, batch_size: int, large: bool, held_out: int
) -> tuple[int, int]:
    """(steps between two evaluations, how many rows each is of)."""
    rows = min(config.validation_rows or held_out, held_out)
    affordable = _VALIDATION_SHARE * max(_PASSES * batch_size, 0 if large else _ROWS_A_STEP)  # a step
    most, fewest = _EVALUATIONS
    interval = config.eval_every
    if interval is None:
        interval = max(-(-steps // most), min(math.ceil(rows / affordable), -(-steps // fewest)))
    interval = min(interval, steps)
    if config.validation_rows is None:
        rows = min(rows, max(int(affordable * interval), batch_size))
    return interval, rows
