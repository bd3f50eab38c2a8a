"""Training into a run's folder, and going on with a run that was stopped."""

import contextlib
import dataclasses
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax

from surjax import __version__, serialize
from surjax.errors import RunError, TrainingError
from surjax.evaluate import evaluate
from surjax.files import make_folder
from surjax.flow import Flow
from surjax.models.table import for_table
from surjax.parameters import count_parameters
from surjax.runs.data import Splits, load_splits
from surjax.runs.draw import draw_density
from surjax.runs.metrics import MetricsFile, last_evaluation
from surjax.runs.record import RECORD, RunRecord
from surjax.runs.run import CHECKPOINTS, MODEL, PICTURE, Run, describe_model, require_same_data
from surjax.runs.settings import RunSettings
from surjax.train import Fit, Progress, fit


def train_run(
    settings: RunSettings,
    folder: str | Path,
    *,
    resume: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Train a model into a new folder, or go on with a run that was stopped to the same numbers.

    The folder is made once the settings and the data have proved good. On Ctrl-C the state is saved and
    the run comes back with the status "interrupted", with the best model so far; a process that was
    killed loses what it did since its last checkpoint. A run that is finished comes back as it is.

    Args:
        settings: model, data and training.
        folder: where the run is to lie, or lies.
        resume: go on with the run that is there.
        on_progress: called every few seconds (see `surjax.fit`).

    Raises:
        RunError: the folder is taken; or, when resuming, holds no run, a damaged one, one that was
            started with other settings, or one whose data have changed.
        DataError, ConfigError: the data or the settings do not do.
        TrainingError: too many steps in a row were not finite; a run that had come as far as a
            checkpoint stays, with the status "failed".
        KeyboardInterrupt: Ctrl-C before the first step, when there is no state to save.
        SurjaxError: the folder cannot be written.
    """
    folder = Path(folder)
    begun = Run.open(folder).record if resume else None
    if begun is None:
        _require_free(folder)
    else:
        settings.require_same(begun.settings)
        if begun.status == "finished" and _done(begun, settings):
            return Run(folder, begun)
    splits = load_splits(settings.source, settings.data, settings.dtype)
    record = RunRecord(settings, splits.schema, splits.fingerprint, "training", None, __version__)
    if begun is not None:
        require_same_data(begun, splits)
        record = dataclasses.replace(record, version=begun.version)
    flow = for_table(settings.model, splits.schema, jax.random.key(settings.training.seed))
    with _new_folder(folder) if begun is None else contextlib.nullcontext():
        if begun is None:
            record.write(folder)
        written = begun is None
        with MetricsFile(folder) as metrics:

            def tell(progress: Progress) -> None:
                nonlocal written
                if not written:  # from its first new step on a resumed run is another than it was
                    record.write(folder)
                    written = True
                if progress.evaluated:
                    metrics(progress)
                if on_progress is not None:
                    on_progress(progress)

            fitted = _fit(flow, splits, record, folder, tell)
    return _finish(fitted, splits, record, folder)


def _require_free(folder: Path) -> None:
    """RunError where something lies where the folder is to be; an empty folder will do."""
    if (folder / RECORD).exists():
        raise RunError(
            f"{folder} holds a run already: go on with it by --resume, or name another folder with --out."
        )
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise RunError(f"{folder} is there already and is no run: name another folder with --out.")


def _done(record: RunRecord, settings: RunSettings) -> bool:
    """Whether a finished run has nothing left to do: it has, where it ran out of minutes and has more now."""
    stopped = (record.result or {}).get("stopped")
    more = settings.training.minutes is None or settings.training.minutes > (
        record.settings.training.minutes or 0
    )
    return not (stopped == "minutes" and more)


@contextlib.contextmanager
def _new_folder(folder: Path) -> Iterator[None]:
    """Make a folder, and take it away again where nothing was trained into it."""
    existed = folder.exists()
    make_folder(folder)
    try:
        yield
    except BaseException:
        if not any(path.name.isdigit() for path in (folder / CHECKPOINTS).glob("*")):
            shutil.rmtree(folder, ignore_errors=True)
            if existed:
                make_folder(folder)
        raise


def _fit(
    flow: Flow, splits: Splits, record: RunRecord, folder: Path, tell: Callable[[Progress], None]
) -> Fit:
    validation = None if splits.validation is None else splits.validation.values
    try:
        fitted = fit(
            flow,
            splits.train.values,
            validation=validation,
            config=record.settings.training,
            checkpoints=folder / CHECKPOINTS,
            on_progress=tell,
        )
    except TrainingError as error:
        dataclasses.replace(record, status="failed", result={"error": str(error)}).write(folder)
        raise
    if fitted.step == 0:  # Ctrl-C before there was anything to save
        raise KeyboardInterrupt
    return fitted


def _finish(fitted: Fit, splits: Splits, record: RunRecord, folder: Path) -> Run:
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
        if splits.test is not None:
            test = evaluate(fitted.flow, splits.test.values, split="test", truth=splits.test.toy)
            result["test"] = run.report(test)
        if run.planar:
            draw_density(run, fitted.flow, splits, folder / PICTURE)
    status = "interrupted" if fitted.stopped == "interrupted" else "finished"
    run = Run(folder, dataclasses.replace(record, status=status, result=result))
    run.record.write(folder)
    return run
