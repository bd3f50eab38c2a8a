"""The 2-D study of the SurVAE paper: what an absolute value does for symmetric densities."""

import contextlib
import dataclasses
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax

from surjax.data import TOY, TOY_POINTS, toy, toy_table
from surjax.errors import ConfigError
from surjax.evaluate import evaluate, integral_on_grid
from surjax.evaluate.grid import density_on_grid
from surjax.files import write_atomically
from surjax.flow import Flow
from surjax.json_text import json_text
from surjax.models.absflow import AbsFlow
from surjax.models.absflow_paper import AbsFlowPaper, AbsUniform
from surjax.models.base import VectorModel
from surjax.models.baseline import Baseline
from surjax.parameters import count_parameters
from surjax.pictures import Panel, comparison, panel_of_samples
from surjax.runs import sole_writer
from surjax.studies.toy_row import ToyRow, keep, kept
from surjax.train import Fit, Progress, TrainConfig, fit
from surjax.train.fit import Callback

GRID_POINTS = 2500
GRID_MARGIN = 6.0
"""That grid reaches so far beyond the data's support, to find mass that a model puts there."""


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
            at the end, and for every model, in models/SET-MODEL-seedK. The study goes on where it was
            stopped: what lies there is not trained again. Nothing is written without it.
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
        KeyboardInterrupt: Ctrl-C; the rows that were finished are kept.
        SurjaxError: the folder cannot be written.
    """
    _check("set", sets, tuple(STUDY))
    _check("model", models, MODELS)
    planned = [
        _Planned(dataset, name, seed, points, _training(dataset, name, seed, training), grid_points)
        for dataset in sets
        for seed in seeds
        for name in models
    ]
    folder = None if out is None else Path(out)
    with contextlib.nullcontext() if folder is None else sole_writer(folder):
        return _run_planned(planned, folder, seeds[0], on_row, on_progress)


def _run_planned(
    planned: Sequence["_Planned"],
    folder: Path | None,
    first_seed: int,
    on_row: Callable[[ToyRow], None] | None,
    on_progress: Callable[[str, Progress], None] | None,
) -> list[ToyRow]:
    """Train and measure what is planned, and draw the first seed's. Raises as `run_toy_study` does."""
    if folder is not None:
        for each in planned:  # whether all is of these settings is said before anything is trained
            kept(each.folder(folder), each.settings)
    rows: list[ToyRow] = []
    pictures: dict[str, list[Panel]] = {}
    for each in planned:
        done = None if folder is None else kept(each.folder(folder), each.settings)
        row, flow = done or _run(each, on_progress)
        rows.append(row)
        if folder is not None and each.seed == first_seed:
            pictures.setdefault(each.dataset, [_data_panel(each.dataset)]).append(_panel(row, flow))
        if on_row is not None:
            on_row(row)
        if folder is not None:
            if done is None:
                keep(each.folder(folder), row, flow, each.settings)
            _write_rows(rows, folder / "results.json")
    if folder is not None:
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
    points: int
    training: TrainConfig
    grid_points: int

    @property
    def settings(self) -> dict[str, Any]:
        """All that decides its numbers."""
        return {
            "model": dataclasses.asdict(STUDY[self.dataset][self.name].model),
            "training": dataclasses.asdict(self.training),
            "points": self.points,
            "grid_points": self.grid_points,
            "dtype": str(jax.numpy.result_type(float)),
        }

    def folder(self, out: Path) -> Path:
        """Where its model is kept in the study's folder."""
        return out / "models" / f"{self.dataset}-{self.name}-seed{self.seed}"


def _training(dataset: str, name: str, seed: int, changes: dict[str, Any] | None) -> TrainConfig:
    return dataclasses.replace(STUDY[dataset][name].model.training, seed=seed, **(changes or {}))


def _run(planned: _Planned, on_progress: Callable[[str, Progress], None] | None) -> tuple[ToyRow, Flow]:
    """Train one model and measure it; KeyboardInterrupt where Ctrl-C ended its training."""
    dataset, name, seed, points, config, _ = planned
    train = toy_table(dataset, points, seed, "train").values
    test = toy_table(dataset, points, seed, "test").values
    began = time.perf_counter()
    flow = STUDY[dataset][name].model.build(jax.random.key(seed))
    callbacks = () if on_progress is None else (_named(on_progress, f"{name} on {dataset}"),)
    fitted = fit(flow, train, config=config, callbacks=callbacks)
    if fitted.stopped == "interrupted":
        raise KeyboardInterrupt
    seconds = time.perf_counter() - began
    return _measure(fitted, planned, test, seconds), fitted.flow


def _named(on_progress: Callable[[str, Progress], None], name: str) -> Callback:
    return lambda progress: on_progress(name, progress)


def _measure(fitted: Fit, planned: _Planned, test: Any, seconds: float) -> ToyRow:
    dataset, name, seed, _, _, grid_points = planned
    density, flow = toy(dataset), fitted.flow
    report = evaluate(flow, test, split="test", truth=density)
    (left, right), (bottom, top) = density.support
    bounds = ((left - GRID_MARGIN, right + GRID_MARGIN), (bottom - GRID_MARGIN, top + GRID_MARGIN))
    return ToyRow(
        dataset=dataset,
        model=name,
        nll_nats=report.nll_nats,
        standard_error_nats=report.standard_error_nats,
        entropy_nats=density.entropy(),
        gap_nats=report.gap_nats or 0.0,
        paper_nats=STUDY[dataset][name].paper_nats,
        exact=report.exact,
        integral=integral_on_grid(flow, bounds, grid_points),
        compile_seconds=fitted.compile_seconds,
        train_seconds=seconds - fitted.compile_seconds,
        steps=fitted.step,
        parameters=count_parameters(flow),
        test_points=report.n,
        dtype=report.dtype,
        seed=seed,
    )


def _data_panel(dataset: str) -> Panel:
    points = toy_table(dataset, part="test").values
    return panel_of_samples(points, TOY[dataset].bounds, "Data", f"entropy {TOY[dataset].entropy():.3f} nats")


def _panel(row: ToyRow, flow: Flow) -> Panel:
    bounds = TOY[row.dataset].bounds
    note = f"{row.nll_nats:.3f} nats (+{row.gap_nats:.3f})"
    return Panel(density_on_grid(flow, bounds, 400), bounds, TITLES[row.model], note)


def _write_rows(rows: list[ToyRow], path: Path) -> None:
    with write_atomically(path) as temporary:
        temporary.write_text(json_text([dataclasses.asdict(row) for row in rows], indent=1))
