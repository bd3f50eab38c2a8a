"""The 2-D study of the SurVAE paper: what an absolute value does for symmetric densities."""

import dataclasses
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax

from surjax.data import TOY, TOY_POINTS, TableConfig, toy_table
from surjax.errors import ConfigError
from surjax.evaluate import density_on_grid
from surjax.files import write_atomically
from surjax.json_text import json_text
from surjax.models.absflow import AbsFlow
from surjax.models.absflow_paper import AbsFlowPaper, AbsUniform
from surjax.models.base import VectorModel
from surjax.models.baseline import Baseline
from surjax.pictures import Panel, comparison, panel_of_samples
from surjax.runs import Run, RunSettings, sole_writer, train_run
from surjax.runs.record import RECORD
from surjax.studies.toy_row import ToyRow, toy_row
from surjax.train import Progress

GRID_POINTS = 2500


class Entry(NamedTuple):
    """One model of one data set, and the figure published for it, in nats."""

    model: VectorModel
    paper_nats: float


STUDY: dict[str, dict[str, Entry]] = {
    "checkerboard": {
        "baseline": Entry(Baseline(scale="exp"), 3.68),
        "absflow-paper": Entry(AbsUniform(), 3.49),
        "absflow": Entry(AbsFlow(signs="learned"), 3.49),
    },
    "corners": {
        "baseline": Entry(Baseline(), 3.28),
        "absflow-paper": Entry(AbsFlowPaper(), 3.03),
        "absflow": Entry(AbsFlow(), 3.03),
    },
    "eight_gaussians": {
        "baseline": Entry(Baseline(), 3.02),
        "absflow-paper": Entry(AbsFlowPaper(range_map="softplus"), 2.86),
        "absflow": Entry(AbsFlow(), 2.86),
    },
    "four_circles": {
        "baseline": Entry(Baseline(), 3.40),
        "absflow-paper": Entry(AbsFlowPaper(), 2.99),
        "absflow": Entry(AbsFlow(), 2.99),
    },
}
"""The models of each set. The published figures are those of the paper's table 2 for its AbsFlow, which
ours is held against too; for the Baseline, what the paper's code gives."""

MODELS = ("baseline", "absflow-paper", "absflow")
TITLES = {"baseline": "Baseline", "absflow-paper": "AbsFlow (paper)", "absflow": "AbsFlow (ours)"}


def toy_settings(dataset: str, name: str, seed: int, points: int, training: dict[str, Any]) -> RunSettings:
    """Those of one of the study's models, trained on so many points and measured on as many others.

    Args:
        dataset, name: which model of which set.
        seed: of the data, the weights and the training.
        points: how many; there are no validation points.
        training: settings of `TrainConfig` to use instead of the model's own.
    """
    model = STUDY[dataset][name].model
    return RunSettings(
        model,
        dataset,
        TableConfig(rows=points, split_seed=seed, validation_fraction=0.0).recorded(),
        dataclasses.replace(model.training, seed=seed, **training),
        str(jax.numpy.result_type(float)),
    )


def run_toy_study(
    out: str | Path | None = None,
    sets: Sequence[str] = tuple(STUDY),
    models: Sequence[str] = MODELS,
    seeds: Sequence[int] = (0,),
    points: int = TOY_POINTS,
    training: dict[str, Any] | None = None,
    grid_points: int = GRID_POINTS,
    on_row: Callable[[ToyRow], None] | None = None,
    on_progress: Callable[[str, Progress], None] | None = None,
) -> list[ToyRow]:
    """Train every model on every set from every seed, and measure each on fresh test points.

    Args:
        out: the folder for results.json and figure.png, which are brought up to date after every row and
            at the end, and for the run of every model (see `train_run`), in runs/SET-MODEL-seedK. The study
            goes on where it was stopped: what is finished there is not trained again. Without it nothing is
            kept.
        sets: which of `STUDY`'s data sets.
        models: which of baseline, absflow-paper and absflow.
        seeds: each is the seed of the data, the weights and the training.
        points: how many training points, and as many fresh test points.
        training: settings of `TrainConfig` to use instead of the models' own.
        grid_points: the density is integrated on so many cells a side.
        on_row: called with each row as it is measured, or found in the folder.
        on_progress: called with "model on set" and the progress of its training.

    Raises:
        ConfigError: a set or model is not in the study.
        RunError: the folder holds one of the models, trained with other settings.
        KeyboardInterrupt: Ctrl-C; what was trained is saved.
        SurjaxError: the folder cannot be written.
    """
    _check("set", sets, tuple(STUDY))
    _check("model", models, MODELS)
    if out is None:
        with tempfile.TemporaryDirectory() as folder:
            return run_toy_study(
                folder, sets, models, seeds, points, training, grid_points, on_row, on_progress
            )
    planned = [
        _Planned(dataset, name, seed, toy_settings(dataset, name, seed, points, training or {}))
        for dataset in sets
        for seed in seeds
        for name in models
    ]
    folder = Path(out)
    with sole_writer(folder):
        for each in planned:  # whether all is of these settings is said before anything is trained
            if (each.folder(folder) / RECORD).exists():
                each.settings.require_same(Run.open(each.folder(folder)).record.settings)
        rows: list[ToyRow] = []
        pictures: dict[str, list[Panel]] = {}
        for each in planned:
            run = _train(each, each.folder(folder), on_progress)
            row = toy_row(
                run, each.dataset, each.name, STUDY[each.dataset][each.name].paper_nats, grid_points
            )
            rows.append(row)
            if each.seed == seeds[0]:
                pictures.setdefault(each.dataset, [_data_panel(each.dataset)]).append(_panel(row, run))
            if on_row is not None:
                on_row(row)
            _write_rows(rows, folder / "results.json")
        comparison(list(pictures.values()), folder / "figure.png", [str(dataset) for dataset in pictures])
    return rows


def _check(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            raise ConfigError(f"there is no {what} {name!r} in the toy study: choose of {', '.join(known)}.")


class _Planned(NamedTuple):
    """What a row is to be of."""

    dataset: str
    name: str
    seed: int
    settings: RunSettings

    def folder(self, out: Path) -> Path:
        """Where its run lies in the study's folder."""
        return out / "runs" / f"{self.dataset}-{self.name}-seed{self.seed}"


def _train(planned: _Planned, folder: Path, on_progress: Callable[[str, Progress], None] | None) -> Run:
    """The run of a model, trained to the end; KeyboardInterrupt where Ctrl-C ended its training."""
    title = f"{planned.name} on {planned.dataset}"
    run = train_run(
        planned.settings,
        folder,
        resume=(folder / RECORD).exists(),
        on_progress=None if on_progress is None else lambda progress: on_progress(title, progress),
    )
    if run.record.status == "interrupted":
        raise KeyboardInterrupt
    return run


def _data_panel(dataset: str) -> Panel:
    points = toy_table(dataset, part="test").values
    return panel_of_samples(points, TOY[dataset].bounds, "Data", f"entropy {TOY[dataset].entropy():.3f} nats")


def _panel(row: ToyRow, run: Run) -> Panel:
    bounds = TOY[row.dataset].bounds
    note = f"{row.nll_nats:.3f} nats (+{row.gap_nats:.3f})"
    return Panel(density_on_grid(run.flow(), bounds, 400), bounds, TITLES[row.model], note)


def _write_rows(rows: list[ToyRow], path: Path) -> None:
    with write_atomically(path) as temporary:
        temporary.write_text(json_text([dataclasses.asdict(row) for row in rows], indent=1))
