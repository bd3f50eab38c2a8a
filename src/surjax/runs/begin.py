"""What a training begins with: settings that have proved good, and the data, read."""

import dataclasses
from pathlib import Path
from typing import NamedTuple

from surjax import __version__
from surjax.data import Splits, load_splits
from surjax.errors import RunError
from surjax.runs.folder import require_free
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


def begin(settings: RunSettings, folder: Path, resume: bool) -> Begun | Run:
    """Read what is to be trained; a run that is finished comes back as it is. Raises as `train_run` does."""
    begun = Run.open(folder).record if resume else None
    if begun is None:
        if first_process():
            require_free(folder)
    else:
        if begun.result.stopped == "imported":
            raise RunError(f"{folder} is a model that was imported, whose training cannot be resumed.")
        settings.require_same(begun.settings)
        if begun.status == "finished" and _done(begun, settings):
            return Run(folder, begun)
    form = None if begun is None else begun.form
    splits = load_splits(settings.source, settings.data, settings.dtype, form)
    record = RunRecord(settings, splits.form, splits.fingerprint, "training", RunResult(), __version__)
    if begun is not None:
        require_same_data(begun, splits)
        record = dataclasses.replace(record, version=begun.version)
    return Begun(record, splits, begun is None)


def _done(record: RunRecord, settings: RunSettings) -> bool:
    """Whether a finished run has nothing left to do: it has, where it ran out of minutes and has more now."""
    more = settings.training.minutes is None or settings.training.minutes > (
        record.settings.training.minutes or 0
    )
    return not (record.result.stopped == "minutes" and more)
