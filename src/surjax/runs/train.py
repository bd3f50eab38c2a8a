"""Training into a run's folder, and going on with a run that was stopped."""

import contextlib
import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from surjax import __version__, serialize
from surjax.data import ImageForm
from surjax.errors import RunError, TrainingError
from surjax.memory import out_of_memory
from surjax.models.base import StagedModel
from surjax.parameters import count_parameters
from surjax.runs.curves import write_curves
from surjax.runs.data import Splits, load_splits
from surjax.runs.draw import draw_density
from surjax.runs.folder import new_folder, require_free
from surjax.runs.measure import measure_test
from surjax.runs.memory_advice import how_to_save_memory
from surjax.runs.metrics import MetricsFile, last_evaluation
from surjax.runs.pictures import draw_images
from surjax.runs.record import RunRecord, Status
from surjax.runs.run import (
    CHECKPOINTS,
    CURVE,
    DENSITY,
    MODEL,
    SAMPLES,
    SAMPLES_FOLDER,
    Run,
    describe_model,
    require_same_data,
)
from surjax.runs.settings import RunSettings
from surjax.runs.stage_budget import Share
from surjax.runs.tensorboard import EVENTS, TensorBoard
from surjax.runs.trained_flow import TrainedFlow, trained_flow
from surjax.train import Fit, Progress, first_process, fit


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
        RunError: the folder is taken; or, when resuming, holds no run, a damaged one, one that was
            started with other settings, or one whose data have changed.
        DataError, ConfigError: the data or the settings do not do.
        TrainingError: too many steps in a row were not finite; a run that had come as far as a
            checkpoint stays, with the status "failed".
        KeyboardInterrupt: Ctrl-C before the first step, when there is no state to save.
        SurjaxError: the folder cannot be written, or the memory ran out.
    """
    folder = Path(folder)
    begun = Run.open(folder).record if resume else None
    if begun is None:
        if first_process():
            require_free(folder)
    else:
        if (begun.result or {}).get("stopped") == "imported":
            raise RunError(f"{folder} is a model that was imported, whose training cannot be resumed.")
        settings.require_same(begun.settings)
        if begun.status == "finished" and _done(begun, settings):
            return Run(folder, begun)
    splits = load_splits(settings.source, settings.data, settings.dtype)
    record = RunRecord(settings, splits.form, splits.fingerprint, "training", None, __version__)
    if begun is not None:
        require_same_data(begun, splits)
        record = dataclasses.replace(record, version=begun.version)
    if isinstance(settings.model, StagedModel) and settings.model.stage is None:
        from surjax.runs.train_stages import train_stages

        tellers = (on_begin, on_progress, on_measure, on_budget)
        return train_stages(record, splits, folder, begun is None, tensorboard, measured, *tellers)
    trained = trained_flow(settings, splits.form)
    if not first_process():  # it trains along; the first process tells and writes
        stopped = _fit(trained, splits, record, folder).stopped
        return Run(folder, dataclasses.replace(record, status=_status(stopped)))
    if on_begin is not None:
        on_begin(record)
    with new_folder(folder) if begun is None else contextlib.nullcontext():
        if begun is None:
            record.write(folder)
        with contextlib.ExitStack() as stack:
            dimensions = record.dimensions
            writers: list[Callable[[Progress], None]] = [stack.enter_context(MetricsFile(folder, dimensions))]
            if tensorboard:
                writers.append(stack.enter_context(TensorBoard(folder / EVENTS, dimensions)))
            written = begun is None

            def tell(progress: Progress) -> None:
                nonlocal written
                if not written:  # from its first new step on a resumed run is another than it was
                    record.write(folder)
                    written = True
                if progress.evaluated:
                    for write in writers:
                        write(progress)
                if on_progress is not None:
                    on_progress(progress)

            fitted = _fit(trained, splits, record, folder, tell)
    return _finish(fitted, splits, record, folder, measured, on_measure)


def _done(record: RunRecord, settings: RunSettings) -> bool:
    """Whether a finished run has nothing left to do: it has, where it ran out of minutes and has more now."""
    stopped = (record.result or {}).get("stopped")
    more = settings.training.minutes is None or settings.training.minutes > (
        record.settings.training.minutes or 0
    )
    return not (stopped == "minutes" and more)


def _fit(
    trained: TrainedFlow,
    splits: Splits,
    record: RunRecord,
    folder: Path,
    tell: Callable[[Progress], None] | None = None,
) -> Fit:
    validation = None if splits.validation is None else splits.validation.values

    def draw(progress: Progress) -> None:
        if progress.flow is not None:
            path = folder / SAMPLES_FOLDER / f"{progress.step:07d}.png"
            draw_images(trained.whole(progress.flow()), record, splits, path)

    callbacks = [] if tell is None else [tell]
    if isinstance(splits.form, ImageForm):
        callbacks.append(draw)
    try:
        with out_of_memory(lambda: how_to_save_memory(record.settings, trained.flow, splits)):
            fitted = fit(
                trained.flow,
                splits.train.values,
                validation=validation,
                config=record.settings.training,
                callbacks=callbacks,
                checkpoints=folder / CHECKPOINTS,
            )
    except TrainingError as error:
        if first_process():
            dataclasses.replace(record, status="failed", result={"error": str(error)}).write(folder)
        raise
    if fitted.step == 0:  # Ctrl-C before there was anything to save
        raise KeyboardInterrupt
    return fitted._replace(flow=trained.whole(fitted.flow))


def _finish(
    fitted: Fit,
    splits: Splits,
    record: RunRecord,
    folder: Path,
    measured: bool,
    on_measure: Callable[[int, int], None] | None,
) -> Run:
    """Save the model, measure it and draw it; the record that says so is written last."""
    last = last_evaluation(folder)
    result: dict[str, Any] = {
        "stopped": fitted.stopped,
        "step": fitted.step,
        "bad_steps": last.get("bad_steps"),
        "train_loss": last.get("train_loss"),
        "best_validation_loss": last.get("best_loss"),
        "parameters": count_parameters(fitted.flow),
        "compile_seconds": fitted.compile_seconds,
        "train_seconds": fitted.train_seconds,
    }
    serialize.save(fitted.flow, folder / MODEL, extra=describe_model(record))
    run = Run(folder, record)
    if fitted.stopped != "interrupted":
        if measured and splits.test is not None:
            result["test"] = measure_test(run, fitted.flow, splits.test, on_measure)
        if run.planar:
            draw_density(run, fitted.flow, splits, folder / DENSITY)
        if isinstance(record.form, ImageForm):
            draw_images(fitted.flow, record, splits, folder / SAMPLES)
            write_curves(folder / CURVE, {run.name: folder})
    run = Run(folder, dataclasses.replace(record, status=_status(fitted.stopped), result=result))
    run.record.write(folder)
    return run


def _status(stopped: str) -> Status:
    """The status of a run whose training ended so."""
    return "interrupted" if stopped == "interrupted" else "finished"
