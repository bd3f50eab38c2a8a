"""The door to training: into a run's folder, or on with a run that was stopped."""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from surjax.runs.begin import begin
from surjax.runs.record import RunRecord
from surjax.runs.run import Run
from surjax.runs.settings import RunSettings
from surjax.runs.stage_budget import Share
from surjax.runs.train import train_whole
from surjax.runs.train_stages import train_stages
from surjax.train import Progress


def train_run(
    settings: RunSettings,
    folder: str | Path,
    *,
    resume: bool = False,
    tensorboard: bool = False,
    measured: bool = True,
    on_begin: Callable[[RunRecord], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_measure: Callable[[int, int], None] | None = None,
    on_budget: Callable[[Sequence[Share]], None] | None = None,
) -> Run:
    """Train a model into a new folder, or go on with a run that was stopped to the same numbers.

    The folder is made once the settings and the data have proved good. On Ctrl-C the state is saved and
    the run comes back with the status "interrupted", with the best model so far; a process that was
    killed loses what it did since its last checkpoint. A run that is finished comes back as it is. A model in
    stages is trained stage by stage, each in a run of its own inside the folder (see `train_stages`).

    Args:
        settings: model, data and training.
        folder: where the run is to lie, or lies.
        resume: go on with the run that is there.
        tensorboard: write TensorBoard event files too (see `TensorBoard`).
        measured: measure the test examples in the end.
        on_begin: called when the settings and the data have proved good.
        on_progress: called every few seconds (see `surjax.fit`).
        on_measure: called as the test examples are measured (see `surjax.evaluate.evaluate`).
        on_budget: called with what each stage of a model in stages is given of the minutes.

    Raises:
        RunError: the folder is taken, or another process is training into it, or it was removed meanwhile;
            or, when resuming, it holds no run, a damaged one, one that was started with other settings, or
            one whose data have changed.
        DataError, ConfigError: the data or the settings do not do.
        TrainingError: too many steps in a row were not finite; a run that had come as far as a
            checkpoint stays, with the status "failed".
        KeyboardInterrupt: Ctrl-C before the first step, when there is no state to save.
        SurjaxError: the folder cannot be written, or the memory ran out.
    """
    with contextlib.ExitStack() as held:
        begun = begin(settings, Path(folder), resume, held)
        if isinstance(begun, Run):
            return begun
        if Run(Path(folder), begun.record).modality.stages(settings.model, begun.record.form):
            tellers = (on_begin, on_progress, on_measure, on_budget)
            return train_stages(begun, Path(folder), tensorboard, measured, *tellers)
        return train_whole(begun, Path(folder), tensorboard, measured, on_begin, on_progress, on_measure)
