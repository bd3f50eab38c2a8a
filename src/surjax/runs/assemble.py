"""Stages that were trained apart, put together into one model."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from surjax import __version__, serialize
from surjax.errors import RunError
from surjax.flow import Flow
from surjax.modalities.stages import staged_model
from surjax.models.stages import stages_of, with_stages
from surjax.parameters import count_parameters
from surjax.runs.folder import new_folder, require_free
from surjax.runs.record import RunRecord
from surjax.runs.result import RunResult
from surjax.runs.run import MODEL, Run, describe_model
from surjax.runs.settings import flat_settings

_FREE = ("stage", "seed", "preset", "data", "test_rows", "test_fraction")
"""Settings of model and data that may differ between stages that are put together."""


def assemble(runs: Sequence[Run], folder: str | Path) -> Run:
    """Write a finished run of the whole model, with the stages of these runs.

    A run is of one stage or of a whole model; where several have a stage, it is that of the last of them. So
    stages may come from several machines, and a model takes one stage from another run. The new run has the
    settings of the first one; its training is that of its stages.

    Raises:
        RunError: a run is of no model in stages; runs are of models or data that do not fit together; a
            stage is in none of them; the folder is taken; or a run holds no model.
        SurjaxError: it cannot be written.
    """
    folder = Path(folder)
    require_free(folder)
    first, *_ = runs
    model = staged_model(first.record.settings.model, first.folder)
    for run in runs:
        staged_model(run.record.settings.model, run.folder)
        _require_fits(first, run)
    shape = first.record.form.shape
    stages = model.stages(shape)
    chosen = {}
    for run in runs:
        stage = staged_model(run.record.settings.model, run.folder).stage
        chosen |= dict.fromkeys(stages if stage is None else (stage,), run)
    missing = [str(stage) for stage in stages if stage not in chosen]
    if missing:
        raise RunError(
            f"there is no run of the stage{'s' if len(missing) > 1 else ''} {', '.join(missing)}: give runs "
            f"of all, {', '.join(map(str, stages))}."
        )
    flow = flow_of_stages(stages, chosen)
    settings = dataclasses.replace(first.record.settings, model=dataclasses.replace(model, stage=None))
    result = RunResult(
        stopped="assembled",
        parameters=count_parameters(flow),
        stages=[{"stage": stage, "run": str(chosen[stage].folder.absolute())} for stage in stages],
    )
    record = RunRecord(settings, first.record.form, first.record.fingerprint, "finished", result, __version__)
    with new_folder(folder):
        serialize.save(flow, folder / MODEL, extra=describe_model(record))
        record.write(folder)
    return Run(folder, record)


def flow_of_stages(stages: Sequence[int], runs: Mapping[int, Run]) -> Flow:
    """The whole flow, each of whose stages is that of the run that is given for it."""
    flows = {run.folder: run.flow() for run in runs.values()}
    parts = [stages_of(flows[runs[stage].folder])[i] for i, stage in enumerate(stages)]
    return with_stages(flows[runs[stages[0]].folder], parts)


def _require_fits(first: Run, run: Run) -> None:
    """RunError, naming what differs, where a run's stages are of another model or of other data."""
    ours, theirs = (_identity(each) for each in (first, run))
    names = [name for name in ours if ours[name] != theirs.get(name)]
    if names or ours.keys() != theirs.keys():
        told = ", ".join(f"{name} {theirs.get(name)} (there {ours.get(name)})" for name in names)
        raise RunError(
            f"the stages of {run.folder} do not fit those of {first.folder}: {told or 'another model'}; put "
            "together stages of one model that were trained on the same data."
        )


def _identity(run: Run) -> dict[str, object]:
    """What must be the same for stages to be of one model."""
    settings = flat_settings(run.record.settings, training=False)
    named = {name: value for name, value in settings.items() if name not in _FREE}
    return {**named, "images": str(run.record.form), "the images' fingerprint": run.record.fingerprint}
