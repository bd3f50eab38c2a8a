"""The study of image flows: five systems on CIFAR-10 under one protocol."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax

from surjax.data import Form
from surjax.errors import ConfigError
from surjax.files import make_folder, write_atomically
from surjax.json_text import json_text
from surjax.models import PoolFlow, find
from surjax.models.base import ModelConfig, preset
from surjax.runs import Run, RunSettings, absolute_source, train_run
from surjax.runs.data_config import ImageConfig, absolute_dir
from surjax.runs.record import RECORD
from surjax.train import Progress

SCALES = ("tiny", "small", "paper")
"""The presets that every system of the study has."""


class System(NamedTuple):
    """One system: a model, what it sets apart from a preset, and the figures known for it, in bits/dim.

    paper_bits_per_dim is the published one; study_bits_per_dim that of the study that surjax grew from,
    where it has one.
    """

    title: str
    model: str
    fields: dict[str, Any]
    paper_bits_per_dim: float
    study_bits_per_dim: float | None


SYSTEMS: dict[str, System] = {
    "realnvp": System("RealNVP", "realnvp", {}, 3.49, None),
    "glow": System("Glow", "glow", {}, 3.35, None),
    "flowpp": System("Flow++", "flowpp", {}, 3.08, None),
    "baseline": System("Baseline", PoolFlow.name, {"pooling": "slice"}, 3.08, 3.16),
    "maxpoolflow": System("MaxPoolFlow", PoolFlow.name, {"pooling": "max"}, 3.09, 3.19),
}
"""The systems by name. The published figures are those of Nielsen et al. 2020, table 4, and of the papers
that it cites (Dinh et al. 2017; Kingma and Dhariwal 2018; Ho et al. 2019)."""


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of results.json: one system, trained and measured on the test images.

    bits_per_dim is exact where bound is False, and otherwise an upper bound of the code length, of
    importance_samples draws. split is the fingerprint of the test images that were measured, test_images
    of them. images_per_second counts training with its evaluations, compilation apart.
    """

    model: str
    scale: str
    parameters: int
    steps: int
    images_seen: int
    bits_per_dim: float
    standard_error_bits_per_dim: float
    bound: bool
    importance_samples: int
    split: str
    test_images: int
    dtype: str
    paper_bits_per_dim: float
    study_bits_per_dim: float | None
    images_per_second: float
    compile_seconds: float
    train_seconds: float
    device: str
    seed: int


def run_pooling_study(
    out: str | Path,
    scale: str = "small",
    minutes: float | None = None,
    systems: Sequence[str] = tuple(SYSTEMS),
    source: str = "cifar10",
    data: ImageConfig | None = None,
    seed: int = 0,
    training: dict[str, Any] | None = None,
    on_begin: Callable[[str, Form], None] | None = None,
    on_progress: Callable[[str, Progress], None] | None = None,
) -> list[Row]:
    """Train and measure every system, each in a run's folder of its own, and write what came out.

    Every system gets the same images, the same validation split, the same minutes and the same test. Each
    trains into OUT/NAME as `train_run` does, so that the study goes on where it was stopped: a finished
    system is not trained again, unless it ran out of minutes and now has more. results.json, results.md
    and report.html are brought up to date after every system.

    Args:
        out: the folder.
        scale: which preset: tiny, small or paper.
        minutes: of training for each system; what its preset says, without it.
        systems: which of `SYSTEMS`.
        source: the images.
        data: how they are read and divided.
        seed: of the weights and the training.
        training: settings of `TrainConfig` to use instead of the presets' own.
        on_begin: called with a system's title and the form of the images, before its training.
        on_progress: called with the system's title and the progress of its training.

    Raises:
        ConfigError: a system or scale is not in the study, or a setting is out of its range.
        DataError: the images cannot be read.
        RunError: a folder holds a run that was started with other settings.
        KeyboardInterrupt: Ctrl-C; what was trained is saved.
        SurjaxError: the folder cannot be written.
    """
    from surjax.studies.pooling_report import write_report

    for name in systems:
        if name not in SYSTEMS:
            raise ConfigError(
                f"there is no system {name!r} in the pooling study: choose of {', '.join(SYSTEMS)}."
            )
    if scale not in SCALES:
        raise ConfigError(f"there is no scale {scale!r}: choose one of {', '.join(SCALES)}.")
    changes = {"seed": seed, **({} if minutes is None else {"minutes": minutes}), **(training or {})}
    folder, runs = make_folder(out), {}
    rows: list[Row] = []
    for name in systems:
        settings = _settings(SYSTEMS[name], scale, source, data or ImageConfig(), changes)
        where, title = folder / name, SYSTEMS[name].title
        run = train_run(
            settings,
            where,
            resume=(where / RECORD).exists(),
            on_begin=None if on_begin is None else lambda record, title=title: on_begin(title, record.form),
            on_progress=None if on_progress is None else lambda p, title=title: on_progress(title, p),
        )
        if run.record.status == "interrupted":
            raise KeyboardInterrupt
        runs[name] = run
        rows.append(_row(name, scale, run))
        with write_atomically(folder / "results.json") as path:
            path.write_text(json_text([dataclasses.asdict(row) for row in rows], indent=1))
        write_report(folder, rows, runs)
    return rows


def _settings(
    system: System, scale: str, source: str, data: ImageConfig, changes: dict[str, Any]
) -> RunSettings:
    model, training = preset(find(system.model), scale)
    configured: ModelConfig = dataclasses.replace(model, **system.fields)
    return RunSettings(
        configured,
        absolute_source(source),
        absolute_dir(data),
        dataclasses.replace(training, **changes),
        str(jax.numpy.result_type(float)),
        scale,
    )


def _row(name: str, scale: str, run: Run) -> Row:
    result = run.record.result or {}
    if "test" not in result:
        raise ConfigError("the study measures test images: give a test_fraction above 0.")
    test, steps = result["test"], result["step"]
    seen = steps * run.record.settings.training.batch_size
    system = SYSTEMS[name]
    return Row(
        model=name,
        scale=scale,
        parameters=result["parameters"],
        steps=steps,
        images_seen=seen,
        bits_per_dim=test["bits_per_dim"],
        standard_error_bits_per_dim=test["standard_error_bits_per_dim"],
        bound=not test["exact"],
        importance_samples=test["num_samples"],
        split=f"test {test['fingerprint']}",
        test_images=test["n"],
        dtype=test["dtype"],
        paper_bits_per_dim=system.paper_bits_per_dim,
        study_bits_per_dim=system.study_bits_per_dim,
        images_per_second=seen / max(result["train_seconds"], 1e-9),
        compile_seconds=result["compile_seconds"],
        train_seconds=result["train_seconds"],
        device=jax.devices()[0].device_kind,
        seed=run.record.settings.training.seed,
    )
