"""Training a model as a whole into a run's folder."""

import contextlib
import dataclasses
from collections.abc import Callable
from pathlib import Path

from surjax import serialize
from surjax.data import Splits
from surjax.errors import TrainingError
from surjax.memory import out_of_memory
from surjax.modalities import TrainedFlow
from surjax.parameters import count_parameters
from surjax.pictures.curves import write_curves
from surjax.runs.begin import Begun
from surjax.runs.folder import new_folder, require_in_place
from surjax.runs.measure import measure_test
from surjax.runs.memory_advice import how_to_save_memory
from surjax.runs.metrics import MetricsFile, last_evaluation
from surjax.runs.record import RunRecord, Status
from surjax.runs.result import RunResult
from surjax.runs.run import CHECKPOINTS, CURVE, MODEL, PROGRESS, Run, describe_model
from surjax.runs.tensorboard import EVENTS, TensorBoard
from surjax.train import Fit, Progress, first_process, fit


def train_whole(
    begun: Begun,
    folder: Path,
    tensorboard: bool = False,
    measured: bool = True,
    on_begin: Callable[[RunRecord], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_measure: Callable[[int, int], None] | None = None,
) -> Run:
    """Train what was begun, write the model, measure it and draw it. Args and Raises: as for `train_run`."""
    record, splits, fresh = begun
    run = Run(folder, record)
    trained = run.modality.trained_flow(record.settings.model, splits.form, record.settings.training)
    if not first_process():  # it trains along; the first process tells and writes
        stopped = _fit(trained, splits, run).stopped
        return dataclasses.replace(run, record=dataclasses.replace(record, status=_status(stopped)))
    if on_begin is not None:
        on_begin(record)
    with new_folder(folder) if fresh else contextlib.nullcontext():
        if fresh:
            record.write(folder)
        with contextlib.ExitStack() as stack:
            dimensions = record.dimensions
            writers: list[Callable[[Progress], None]] = [stack.enter_context(MetricsFile(folder, dimensions))]
            if tensorboard:
                writers.append(stack.enter_context(TensorBoard(folder / EVENTS, dimensions)))
            written = fresh

            def tell(progress: Progress) -> None:
                nonlocal written
                require_in_place(folder)
                if not written:  # from its first new step on a resumed run is another than it was
                    record.write(folder)
                    written = True
                if progress.evaluated:
                    for write in writers:
                        write(progress)
                if on_progress is not None:
                    on_progress(progress)

            fitted = _fit(trained, splits, run, tell)
        return _finish(fitted, splits, run, measured, on_measure)


def _fit(
    trained: TrainedFlow, splits: Splits, run: Run, tell: Callable[[Progress], None] | None = None
) -> Fit:
    folder, settings = run.folder, run.record.settings

    def draw(progress: Progress) -> None:
        if progress.flow is not None:
            subject = run.subject(trained.whole(progress.flow()), splits, settings.training.seed)
            run.modality.draw(subject, folder / PROGRESS / f"{progress.step:07d}.png")

    callbacks = [] if tell is None else [tell]
    if run.modality.draws_progress:
        callbacks.append(draw)
    try:
        with out_of_memory(lambda: how_to_save_memory(settings, trained.flow, splits)):
            fitted = fit(
                trained.flow,
                splits.train.values,
                context=splits.train.context,
                validation=None if splits.validation is None else splits.validation.values,
                validation_context=None if splits.validation is None else splits.validation.context,
                config=settings.training,
                callbacks=callbacks,
                checkpoints=folder / CHECKPOINTS,
                large=run.modality.large,
            )
    except TrainingError as error:
        if first_process():
            dataclasses.replace(run.record, status="failed", result=RunResult(error=str(error))).write(folder)
        raise
    if fitted.step == 0:  # Ctrl-C before there was anything to save
        raise KeyboardInterrupt
    return fitted._replace(flow=trained.whole(fitted.flow))


def _finish(
    fitted: Fit,
    splits: Splits,
    run: Run,
    measured: bool,
    on_measure: Callable[[int, int], None] | None,
) -> Run:
    """Save the model, measure it and draw it; the record that says so is written last."""
    folder, record, modality = run.folder, run.record, run.modality
    require_in_place(folder)
    last = last_evaluation(folder)
    result = RunResult(
        stopped=fitted.stopped,
        step=fitted.step,
        bad_steps=last.get("bad_steps"),
        train_loss=last.get("train_loss"),
        best_validation_loss=last.get("best_loss"),
        parameters=count_parameters(fitted.flow),
        compile_seconds=fitted.compile_seconds,
        train_seconds=fitted.train_seconds,
    )
    serialize.save(fitted.flow, folder / MODEL, extra=describe_model(record))
    if fitted.stopped != "interrupted":
        if measured and splits.test is not None:
            test = measure_test(run, fitted.flow, splits.test, on_measure)
            result = dataclasses.replace(result, test=test)
        if modality.result_picture is not None and modality.draws_result(record.form):
            subject = run.subject(fitted.flow, splits, record.settings.training.seed)
            modality.draw(subject, folder / modality.result_picture)
        if record.dimensions is not None:
            write_curves(folder / CURVE, {run.name: folder})
    run = Run(folder, dataclasses.replace(record, status=_status(fitted.stopped), result=result))
    run.record.write(folder)
    return run


def _status(stopped: str) -> Status:
    """The status of a run whose training ended so."""
    return "interrupted" if stopped == "interrupted" else "finished"
