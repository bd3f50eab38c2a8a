"""Training a model in stages, each in a run of its own."""

import contextlib
import dataclasses
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax

from surjax import serialize
from surjax.data import Form, Splits
from surjax.errors import ConfigError, RunError, TrainingError
from surjax.files import cannot_read, write_atomically
from surjax.flow import Flow
from surjax.json_text import json_text, read_json
from surjax.modalities import modality_of
from surjax.parameters import count_parameters
from surjax.pictures.curves import write_curves
from surjax.runs.assemble import flow_of_stages
from surjax.runs.begin import Begun, begin
from surjax.runs.folder import new_folder, require_in_place
from surjax.runs.measure import measure_test
from surjax.runs.record import RECORD, RunRecord
from surjax.runs.result import RunResult
from surjax.runs.run import CURVE, MODEL, STAGES, Run, describe_model
from surjax.runs.settings import RunSettings
from surjax.runs.stage_budget import TRIAL_SHARE, Share, divide, try_stage
from surjax.runs.train import train_whole
from surjax.train import Progress, TrainConfig, first_process
from surjax.train.session import of_part

BUDGET = "budget.json"
"""The file that says what each stage was given of the minutes, and why."""

_ADDED_UP = ("step", "bad_steps", "best_validation_loss", "compile_seconds", "train_seconds")
"""What a run tells of itself that is the sum of what its stages tell."""

Tell = Callable[[Progress], None]


def train_stages(
    begun: Begun,
    folder: Path,
    tensorboard: bool = False,
    measured: bool = True,
    on_begin: Callable[[RunRecord], None] | None = None,
    on_progress: Tell | None = None,
    on_measure: Callable[[int, int], None] | None = None,
    on_budget: Callable[[Sequence[Share]], None] | None = None,
) -> Run:
    """Train every stage of a model, the smallest first, into FOLDER/stages/HEIGHT, and put them together.

    Each is a run that `surjax train MODEL DATA --stage HEIGHT` would give: stages share no parameter, so
    clipping, early stopping and the best state are each one's own. Without minutes each is trained as the
    settings say. With minutes, these are divided by what short trials show that each stage costs and gains
    (see `stage_budget.divide`), and each takes the number of steps that its share is good for, whatever the
    settings say of steps and epochs; FOLDER/budget.json keeps that, so that a run that was stopped goes on to
    the same numbers.

    Args and Raises: as for `train_run`, which has begun it.
    """
    record, splits, fresh = begun
    stages = _stages(record)
    first = first_process()
    if on_begin is not None and first:
        on_begin(record)
    with new_folder(folder) if fresh and first else contextlib.nullcontext():
        if first and fresh:
            record.write(folder)
        trainings, budget = _trainings(record, splits, folder, on_progress)
        if first and not fresh:  # now that nothing refuses to go on
            record.write(folder)
        if budget is not None and on_budget is not None and first:
            on_budget(budget)
        runs = {}
        for stage in reversed(stages):
            runs[stage] = _train(record, stage, trainings[stage], folder, tensorboard, on_progress)
            if runs[stage].record.status == "interrupted":
                result = RunResult(stopped="interrupted", stage=stage)
                record = dataclasses.replace(record, status="interrupted", result=result)
                if first:
                    record.write(folder)
                return Run(folder, record)
        if not first:
            return Run(folder, record)
        return _finish(record, splits, folder, stages, runs, budget, measured, on_measure)


def _train(
    record: RunRecord,
    stage: int,
    training: TrainConfig,
    folder: Path,
    tensorboard: bool,
    on_progress: Tell | None,
) -> Run:
    """Train one stage, or go on with it."""
    settings = _of_stage(record.settings, stage, training)
    where = folder / STAGES / str(stage)
    try:
        with contextlib.ExitStack() as held:
            begun = begin(settings, where, (where / RECORD).exists(), held)
            if isinstance(begun, Run):
                return begun
            tell = _named(f"stage {stage}", on_progress)
            return train_whole(begun, where, tensorboard, measured=False, on_progress=tell)
    except TrainingError as error:
        if first_process():
            dataclasses.replace(record, status="failed", result=RunResult(error=str(error))).write(folder)
        raise


def _stages(record: RunRecord) -> tuple[int, ...]:
    """The stages of the model, the largest first."""
    model = record.settings.model
    return modality_of(model).stages(model, record.form)


def _of_stage(settings: RunSettings, stage: int, training: TrainConfig) -> RunSettings:
    """The settings of a run of one stage."""
    model: Any = dataclasses.replace(settings.model, stage=stage)  # type: ignore[call-arg]
    return dataclasses.replace(settings, model=model, training=training)


def _named(part: str, tell: Tell | None) -> Tell | None:
    """What tells of a progress that it is that of a part of the model."""
    return None if tell is None else of_part(part, tell)


def _trainings(
    record: RunRecord, splits: Splits, folder: Path, on_progress: Tell | None
) -> tuple[dict[int, TrainConfig], list[Share] | None]:
    """How each stage is trained, and what it is given of the minutes, where there are some."""
    settings, stages, training = record.settings, _stages(record), record.settings.training
    # the smallest image is no part of a larger one
    whole = {n: dataclasses.replace(training, crop=None) if n == stages[-1] else training for n in stages}
    if training.crop is not None:  # whether every stage can be trained so is said before the first is
        for stage in stages:
            _flow(_of_stage(settings, stage, whole[stage]), record.form)
    if training.minutes is None:
        return whole, None
    shares = _read_budget(folder / BUDGET, training.minutes)
    if shares is None:
        if jax.process_count() > 1:
            raise ConfigError(
                "the minutes of several processes cannot be divided among stages: give --steps or --epochs."
            )
        minutes = TRIAL_SHARE * training.minutes
        trials = []
        for stage in reversed(stages):  # as they are trained
            own = _of_stage(settings, stage, whole[stage])
            flow = _flow(own, record.form)
            tell = _named(f"stage {stage}, a trial", on_progress)
            trials.insert(0, try_stage(flow, splits.train.values, own.training, minutes / len(stages), tell))
        held_out = 0 if splits.validation is None else len(splits.validation)
        rows = min(held_out, training.validation_rows or held_out)
        shares = divide(stages, trials, training.minutes - minutes, training, rows)
        with write_atomically(folder / BUDGET) as path:
            content = {"minutes": training.minutes, "stages": [share._asdict() for share in shares]}
            path.write_text(json_text(content, indent=1))
    changes: dict[str, Any] = {"minutes": None, "epochs": None, "eval_every": None}
    return {s.stage: dataclasses.replace(whole[s.stage], steps=s.steps, **changes) for s in shares}, shares


def _flow(settings: RunSettings, form: Form) -> Flow:
    """The flow that is trained with these settings, with fresh weights."""
    return modality_of(settings.model).trained_flow(settings.model, form, settings.training).flow


def _read_budget(path: Path, minutes: float) -> list[Share] | None:
    """The budget that a run was given when it was started; None where it was given none yet."""
    if not path.exists():
        return None
    try:
        content = read_json(path)
        given, shares = float(content["minutes"]), [_share(share) for share in content["stages"]]
    except OSError as error:
        raise cannot_read(path, error) from error
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise RunError(f"{path} is damaged: restore it, or train a new run in another folder.") from error
    if given != minutes:
        raise RunError(
            f"the run's {given:g} minutes are divided among its stages already, so it cannot go on with "
            f"{minutes:g}: resume it with --minutes {given:g}, or start a new one in another folder."
        )
    return shares


def _share(fields: dict[str, Any]) -> Share:
    """What was written of a share; ValueError or TypeError where it is none."""
    share = Share(**{**fields, "gain": math.nan if fields["gain"] is None else fields["gain"]})
    if type(share.stage) is not int or type(share.steps) is not int or share.steps < 1:
        raise ValueError("a stage or its steps are no counts")
    return share


def _finish(
    record: RunRecord,
    splits: Splits,
    folder: Path,
    stages: Sequence[int],
    runs: dict[int, Run],
    budget: list[Share] | None,
    measured: bool,
    on_measure: Callable[[int, int], None] | None,
) -> Run:
    """Put the stages together, measure the whole and draw it; the record that says so is written last."""
    require_in_place(folder)
    flow = flow_of_stages(stages, runs)
    serialize.save(flow, folder / MODEL, extra=describe_model(record))
    results = {stage: runs[stage].record.result for stage in stages}
    kept = ("step", "stopped", "parameters", "compile_seconds", "train_seconds", "best_validation_loss")
    added_up: dict[str, Any] = {
        name: _sum([getattr(each, name) for each in results.values()]) for name in _ADDED_UP
    }
    result = RunResult(
        stopped="steps",
        parameters=count_parameters(flow),
        stages=[{"stage": n, **{name: getattr(each, name) for name in kept}} for n, each in results.items()],
        budget=None if budget is None else [share._asdict() for share in budget],
        **added_up,
    )
    run = Run(folder, record)
    if measured and splits.test is not None:
        result = dataclasses.replace(result, test=measure_test(run, flow, splits.test, on_measure))
    if run.modality.result_picture is not None:
        subject = run.subject(flow, splits, record.settings.training.seed)
        run.modality.draw(subject, folder / run.modality.result_picture)
    unit = "bits for each number of the stage's image"
    write_curves(folder / CURVE, {f"stage {stage}": runs[stage].folder for stage in stages}, unit)
    run = Run(folder, dataclasses.replace(record, status="finished", result=result))
    run.record.write(folder)
    return run


def _sum(numbers: list[Any]) -> Any:
    """The sum; None where one is not known."""
    return None if None in numbers else sum(numbers)
