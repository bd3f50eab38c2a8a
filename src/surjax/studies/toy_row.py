"""One line of the table of the 2-D study."""

import dataclasses

from surjax.data import toy
from surjax.evaluate import integral_on_grid
from surjax.runs import Run

GRID_MARGIN = 6.0
"""The grid of the integral reaches so far beyond the data's support, to find mass that a model puts there."""

INTEGRAL = "integral_on_grid"
"""What run.json calls the integral and its grid, in the run's result."""


@dataclasses.dataclass(frozen=True)
class ToyRow:
    """One line of results.json: one model trained on one set from one seed.

    nll_nats is the mean over the test points with its standard error; gap_nats is the excess over the
    entropy, −log p(x) + log p_true(x) averaged over the same points, so that the luck of the test draw
    drops out. integral is ∫ p(x) dx on a grid. compile_seconds is next to nothing for a seed that takes the
    program of the one before. train_seconds is how long
    the compiled training ran.
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


def toy_row(run: Run, dataset: str, model: str, paper_nats: float, grid_points: int) -> ToyRow:
    """The row of a finished run. The integral is worked out where run.json has none on such a grid."""
    result, test = run.record.result, run.record.result.test or {}
    return ToyRow(
        dataset=dataset,
        model=model,
        nll_nats=test["nll_nats"],
        standard_error_nats=test["standard_error_nats"],
        entropy_nats=test["entropy_nats"],
        gap_nats=test["gap_nats"],
        paper_nats=paper_nats,
        exact=test["exact"],
        integral=_integral(run, dataset, grid_points),
        compile_seconds=result.compile_seconds or 0.0,
        train_seconds=result.train_seconds or 0.0,
        steps=result.step or 0,
        parameters=result.parameters or 0,
        test_points=test["n"],
        dtype=test["dtype"],
        seed=run.record.settings.training.seed,
    )


def _integral(run: Run, dataset: str, grid_points: int) -> float:
    """∫ p(x) dx on a grid of so many cells a side, which run.json keeps."""
    known = run.record.result.more.get(INTEGRAL) or {}
    if known.get("cells") != grid_points:
        (left, right), (bottom, top) = toy(dataset).support
        bounds = ((left - GRID_MARGIN, right + GRID_MARGIN), (bottom - GRID_MARGIN, top + GRID_MARGIN))
        known = {"cells": grid_points, "value": integral_on_grid(run.flow(), bounds, grid_points)}
        result = run.record.result.with_more(**{INTEGRAL: known})
        dataclasses.replace(run.record, result=result).write(run.folder)
    return known["value"]
