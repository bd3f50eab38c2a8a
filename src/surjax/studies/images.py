"""Studies of images: every system trained and measured under one protocol."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax

from surjax.data import ImageConfig, absolute_source
from surjax.errors import ConfigError
from surjax.files import write_atomically
from surjax.json_text import json_text
from surjax.models import find
from surjax.models.base import preset
from surjax.runs import Run, RunRecord, RunSettings, sole_writer, train_run
from surjax.runs.record import RECORD
from surjax.studies.image_systems import Study, System
from surjax.train import Progress

SCALES = ("tiny", "small", "paper")
"""The presets that every system of every study has."""


def run_image_study(
    study: Study,
    out: str | Path,
    scale: str = "small",
    minutes: float | None = None,
    systems: Sequence[str] | None = None,
    source: str = "cifar10",
    data: ImageConfig | None = None,
    seed: int = 0,
    seeds: int = 1,
    training: dict[str, Any] | None = None,
    on_begin: Callable[[str, RunRecord], None] | None = None,
    on_progress: Callable[[str, Progress], None] | None = None,
) -> list[Any]:
    """Train and measure every system, each in a run's folder of its own, and write what came out.

    Every system gets the same images, the same validation split, the same minutes and the same test. Each
    trains into OUT/NAME as `train_run` does, and from seeds after the first into OUT/NAME-seedK, so that the
    study goes on where it was stopped: a finished system is not trained again, unless it ran out of minutes
    and now has more. All systems are trained from one seed before any is from the next. results.json,
    results.md and report.html are brought up to date after every system.

    Args:
        study: the study.
        out: the folder.
        scale: which preset: tiny, small or paper.
        minutes: of training for each system; what its preset says, without it.
        systems: which of the study's; all of them, without it.
        source: the images.
        data: how they are read and divided.
        seed: of the weights and the training.
        seeds: from how many seeds each system is trained: seed, seed + 1, ….
        training: settings of `TrainConfig` to use instead of the presets' own.
        on_begin: called before a system's training with its title and its run's record.
        on_progress: called with the system's title and the progress of its training.

    Returns:
        The rows of results.json, as `Study.rows_of` gives them.

    Raises:
        ConfigError: a system or scale is not in the study, no system is chosen, a setting is out of its
            range, or no images are kept for the test.
        DataError: the images cannot be read.
        RunError: a folder holds a run that was started with other settings.
        KeyboardInterrupt: Ctrl-C; what was trained is saved.
        SurjaxError: the folder cannot be written.
    """
    data = data or ImageConfig()
    chosen = tuple(dict.fromkeys(study.systems if systems is None else systems))
    _check(study, chosen, scale, seeds, data)
    changes = {**({} if minutes is None else {"minutes": minutes}), **(training or {})}
    planned = [
        (name, k, _settings(study.systems[name], scale, source, data, {**changes, "seed": k}))
        for k in range(seed, seed + seeds)
        for name in chosen
    ]
    with sole_writer(Path(out)):
        return _run_planned(study, planned, Path(out), seed, seeds, on_begin, on_progress)


def _run_planned(
    study: Study,
    planned: Sequence[tuple[str, int, RunSettings]],
    folder: Path,
    seed: int,
    seeds: int,
    on_begin: Callable[[str, RunRecord], None] | None,
    on_progress: Callable[[str, Progress], None] | None,
) -> list[Any]:
    """Train and measure each system that is planned, from each seed. Raises as `run_study` does."""
    runs: dict[str, Run] = {}
    rows: list[Any] = []
    for name, k, settings in planned:
        where = folder / (name if k == seed else f"{name}-seed{k}")
        title = study.systems[name].title + (f", seed {k}" if seeds > 1 else "")
        run = train_run(
            settings,
            where,
            resume=(where / RECORD).exists(),
            on_begin=None if on_begin is None else lambda r, title=title: on_begin(title, r),
            on_progress=None if on_progress is None else lambda p, title=title: on_progress(title, p),
        )
        if run.record.status == "interrupted":
            raise KeyboardInterrupt
        runs[where.name] = run = study.measured(run)
        rows += study.rows_of(name, run)
        _write(study, folder, rows, runs)
    return rows


def _check(study: Study, systems: Sequence[str], scale: str, seeds: int, data: ImageConfig) -> None:
    names = ", ".join(study.systems)
    if not systems:
        raise ConfigError(f"no system of the {study.name} study is chosen: choose of {names}.")
    for name in systems:
        if name not in study.systems:
            raise ConfigError(f"there is no system {name!r} in the {study.name} study: choose of {names}.")
    if scale not in SCALES:
        raise ConfigError(f"there is no scale {scale!r}: choose one of {', '.join(SCALES)}.")
    if seeds < 1:
        raise ConfigError(f"seeds is {seeds} and must be at least 1.")
    if data.test_fraction == 0:
        raise ConfigError("the study measures test images: give a test_fraction above 0.")


def _settings(
    system: System, scale: str, source: str, data: ImageConfig, changes: dict[str, Any]
) -> RunSettings:
    model, training = preset(find(system.model), scale, **system.fields)
    return RunSettings(
        model,
        absolute_source(source),
        data.recorded(),
        dataclasses.replace(training, **changes),
        str(jax.numpy.result_type(float)),
        scale,
    )


def _write(study: Study, folder: Path, rows: Sequence[Any], runs: dict[str, Run]) -> None:
    with write_atomically(folder / "results.json") as path:
        path.write_text(json_text([dataclasses.asdict(row) for row in rows], indent=1))
    study.write_report(folder, rows, runs)
