"""The 2-D study of the SurVAE paper: what an absolute value does for symmetric densities."""

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
from surjax.files import make_folder, write_atomically
from surjax.flow import Flow
from surjax.json_text import json_text
from surjax.models.absflow import AbsFlow
from surjax.models.absflow_paper import AbsFlowPaper, AbsUniform
from surjax.models.base import VectorModel
from surjax.models.baseline import Baseline
from surjax.parameters import count_parameters
from surjax.pictures import Panel, comparison, panel_of_samples
from surjax.train import Fit, Progress, fit

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


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of results.json: one model trained on one set from one seed.

    nll_nats is the mean over the test points with its standard error; gap_nats is the excess over the
    entropy, −log p(x) + log p_true(x) averaged over the same points, so that the luck of the test draw
    drops out. integral is ∫ p(x) dx on a grid. train_seconds is all but compilation from the model's
    building to the end of its training.
    """

    dataset: str
    model: str
    nll_nats: float
    standard_error_nats: float
    entropy_nats: float
    gap_nats: float
    paper_nats: float
    exact: bool
    integral: float
    compile_seconds: float
    train_seconds: float
    steps: int
    parameters: int
    test_points: int
    dtype: str
    seed: int


def run_toy_study(
    out: str | Path | None = None,
    sets: Sequence[str] = tuple(STUDY),
    models: Sequence[str] = MODELS,
    seeds: Sequence[int] = (0,),
    points: int = TOY_POINTS,
    training: dict[str, Any] | None = None,
    grid_points: int = GRID_POINTS,
    on_row: Callable[[Row], None] | None = None,
    on_progress: Callable[[str, Progress], None] | None = None,
) -> list[Row]:
    """Train every model on every set from every seed, and measure each on fresh test points.

    Args:
        out: the folder for results.json and figure.png, which are brought up to date after every row and
            at the end; nothing is written without it.
        sets: which of `STUDY`'s data sets.
        models: which of baseline, absflow-paper and absflow.
        seeds: each is the seed of the data, the weights and the training.
        points: how many training points, and as many fresh test points.
        training: settings of `TrainConfig` to use instead of the models' own.
        grid_points: the density is integrated on so many cells a side.
        on_row: called with each row as it is measured.
        on_progress: called with "model on set" and the progress of its training.

    Raises:
        ConfigError: a set or model is not in the study.
        SurjaxError: the folder cannot be written.
    """
    _check("set", sets, tuple(STUDY))
    _check("model", models, MODELS)
    folder = None if out is None else make_folder(out)
    rows: list[Row] = []
    pictures: dict[str, list[Panel]] = {}
    for dataset in sets:
        for seed in seeds:
            for name in models:
                row, flow = _run(dataset, name, seed, points, training or {}, grid_points, on_progress)
                rows.append(row)
                if seed == seeds[0]:
                    pictures.setdefault(dataset, [_data_panel(dataset)]).append(_panel(row, flow))
                if on_row is not None:
                    on_row(row)
                if folder is not None:
                    _write_rows(rows, folder / "results.json")
    if folder is not None:
        comparison(
            [pictures[dataset] for dataset in sets], folder / "figure.png", [str(dataset) for dataset in sets]
        )
    return rows


def _check(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            raise ConfigError(f"there is no {what} {name!r} in the toy study: choose of {', '.join(known)}.")


def _run(
    dataset: str,
    name: str,
    seed: int,
    points: int,
    training: dict[str, Any],
    grid_points: int,
    on_progress: Callable[[str, Progress], None] | None,
) -> tuple[Row, Flow]:
    """Train one model and measure it."""
    entry = STUDY[dataset][name]
    train = toy_table(dataset, points, seed, "train").values
    test = toy_table(dataset, points, seed, "test").values
    config = dataclasses.replace(entry.model.training, seed=seed, **training)
    began = time.perf_counter()
    flow = entry.model.build(jax.random.key(seed))
    fitted = fit(flow, train, config=config, on_progress=_named(on_progress, f"{name} on {dataset}"))
    seconds = time.perf_counter() - began
    row = _measure(fitted, dataset, name, seed, test, seconds, grid_points)
    return row, fitted.flow


def _named(
    on_progress: Callable[[str, Progress], None] | None, name: str
) -> Callable[[Progress], None] | None:
    return None if on_progress is None else lambda progress: on_progress(name, progress)


def _measure(
    fitted: Fit,
    dataset: str,
    name: str,
    seed: int,
    test: Any,
    seconds: float,
    grid_points: int,
) -> Row:
    density, flow = toy(dataset), fitted.flow
    report = evaluate(flow, test, split="test", truth=density)
    (left, right), (bottom, top) = density.support
    bounds = ((left - GRID_MARGIN, right + GRID_MARGIN), (bottom - GRID_MARGIN, top + GRID_MARGIN))
    return Row(
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


def _panel(row: Row, flow: Flow) -> Panel:
    bounds = TOY[row.dataset].bounds
    note = f"{row.nll_nats:.3f} nats (+{row.gap_nats:.3f})"
    return Panel(density_on_grid(flow, bounds, 400), bounds, TITLES[row.model], note)


def _write_rows(rows: list[Row], path: Path) -> None:
    with write_atomically(path) as temporary:
        temporary.write_text(json_text([dataclasses.asdict(row) for row in rows], indent=1))
