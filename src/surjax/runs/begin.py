"""What a training begins with: settings that have proved good, and the data, read."""

import contextlib
import dataclasses
from pathlib import Path
from typing import NamedTuple

from surjax import __version__
from surjax.data import Splits, load_splits
from surjax.errors import RunError
from surjax.models.build import require_form
from surjax.runs.folder import require_free
from surjax.runs.lock import sole_writer
from surjax.runs.record import RunRecord
from surjax.runs.result import RunResult
from surjax.runs.run import Run, require_same_data
from surjax.runs.settings import RunSettings
from surjax.train import first_process


class Begun(NamedTuple):
    """A run that is to be trained.

    record: what run.json is to hold. splits: its data. fresh: whether there is nothing yet to go on from.
    """

    record: RunRecord
    splits: Splits
    fresh: bool


def begin(settings: RunSettings, folder: Path, resume: bool, held: contextlib.ExitStack) -> Begun | Run:
    """Read what is to be trained; a run that is finished comes back as it is. Raises as `train_run` does.

    A run that goes on is held (see `sole_writer`) until `held` is closed; a new one by `new_folder`.
    """
    begun = _to_go_on(settings, folder) if resume else None
    if begun is None:
        if first_process():
            require_free(folder)
    elif not _done(begun, settings) and first_process():
        held.enter_context(sole_writer(folder))
        begun = _to_go_on(settings, folder)  # another process may just have ended it
    if begun is not None and _done(begun, settings):
        return Run(folder, begun)
    form = None if begun is None else begun.form
    splits = load_splits(settings.source, settings.data, settings.dtype, form)
    require_form(settings.model, splits.form)
    settings = dataclasses.replace(settings, data=settings.data.found(splits.train))
    record = RunRecord(settings, splits.form, splits.fingerprint, "training", RunResult(), __version__)
    if begun is not None:
        require_same_data(begun, splits)
        record = dataclasses.replace(record, version=begun.version)
    return Begun(record, splits, begun is None)


def _to_go_on(settings: RunSettings, folder: Path) -> RunRecord:
    """The record of a run that may go on with these settings."""
    record = Run.open(folder).record
    if record.result.stopped == "imported":
        raise RunError(f"{folder} is a model that was imported, whose training cannot be resumed.")
    settings.require_same(record.settings)
    return record


def _done(record: RunRecord, settings: RunSettings) -> bool:
    """Whether a run is finished: it has something left to do where it ran out of minutes and has more now."""
    if record.status != "finished":
        return False
    more = settings.training.minutes is None or settings.training.minutes > (
        record.settings.training.minutes or 0
    )
    return not (record.result.stopped == "minutes" and more)
