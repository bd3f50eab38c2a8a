"""How the minutes of a training are divided among the stages of a model."""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from surjax.flow import Flow
from surjax.train import Progress, TrainConfig, fit

TRIAL_SHARE = 0.04
"""The share of the minutes that trying the stages takes, all together."""

LEAST_SHARE = 0.02
"""The least share of the minutes that a stage is given."""

_EVALUATIONS = 50
"""How often a stage is evaluated as it trains."""


class Trial(NamedTuple):
    """What a short training of a stage showed: the seconds of a step, and the gain.

    The gain is A, in bits an image and √seconds, where the loss after t seconds is taken to be L + A/√t.
    """

    seconds_a_step: float
    gain: float


class Share(NamedTuple):
    """What a stage is given: minutes, and the steps that they are good for."""

    stage: int
    seconds_a_step: float
    gain: float
    minutes: float
    steps: int


def try_stage(
    flow: Flow,
    x: Any,
    config: TrainConfig,
    minutes: float,
    on_progress: Callable[[Progress], None] | None = None,
) -> Trial:
    """Train a stage for so many minutes, to see what it costs and gains; the result is thrown away.

    Raises KeyboardInterrupt on Ctrl-C, and as `surjax.fit` does.
    """
    seen: list[tuple[float, int, float]] = []

    def tell(progress: Progress) -> None:
        seen.append((progress.seconds, progress.step, progress.train_loss))
        if on_progress is not None:
            on_progress(progress)

    many = 1_000_000
    changes = {"steps": many, "epochs": None, "minutes": minutes, "eval_every": many, "schedule": "constant"}
    tried = fit(flow, x, config=dataclasses.replace(config, **changes), callbacks=[tell])
    if tried.stopped == "interrupted":
        raise KeyboardInterrupt
    return trial_of(seen)


def trial_of(seen: Sequence[tuple[float, int, float]]) -> Trial:
    """The trial in which after so many seconds and steps the mean loss of all steps was so many nats.

    Where the loss is L + A/√t its mean up to t is L + 2A/√t, so that A follows from the mean at half of the
    time and at the end; with fewer than two of them it is not known, and NaN.

    >>> trial_of([(t, 10 * int(t), 0.6931471805599453 * (5 + 2 * 3 / t**0.5)) for t in (1.0, 2.0, 4.0)])
    Trial(seconds_a_step=0.1, gain=3.0)
    """
    seconds, steps, losses = (np.asarray(column, float) for column in zip(*seen, strict=True))
    pace = float(seconds[-1] / steps[-1])
    half = int(np.abs(seconds - seconds[-1] / 2).argmin())
    if half == len(seen) - 1:
        return Trial(pace, math.nan)
    lower = (losses[half] - losses[-1]) / math.log(2)
    gain = lower / (2 * (seconds[half] ** -0.5 - seconds[-1] ** -0.5))
    return Trial(pace, round(float(gain), 6))


def divide(
    stages: Sequence[int], trials: Sequence[Trial], minutes: float, config: TrainConfig, rows: int
) -> list[Share]:
    """Divide the minutes so that the sum of the losses L + A/√t is the least: t ∝ A^⅔.

    Another minute then gains as much at any stage. No stage is given less than `LEAST_SHARE`; where the gain
    of one is not known they are given equal parts. Of the minutes those of the evaluations, on so many rows,
    are set aside.
    """
    gains = np.array([trial.gain for trial in trials])
    parts = np.maximum(gains, 0) ** (2 / 3) if np.isfinite(gains).all() else np.ones(len(gains))
    parts = parts / parts.sum() if parts.sum() else np.full(len(parts), 1 / len(parts))
    parts = np.maximum(parts, LEAST_SHARE)
    parts /= parts.sum()
    # an evaluation of a row takes about a third of a training step of it, and all of them a tenth at most
    evaluation = _EVALUATIONS * rows / (3 * config.batch_size)
    steps = [60 * minutes * part / trial.seconds_a_step for trial, part in zip(trials, parts, strict=True)]
    return [
        Share(
            stage,
            trial.seconds_a_step,
            trial.gain,
            float(minutes * part),
            max(1, round(most - min(evaluation, most / 11))),
        )
        for stage, trial, part, most in zip(stages, trials, parts, steps, strict=True)
    ]
