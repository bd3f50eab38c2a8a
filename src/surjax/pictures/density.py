"""The picture of a model of a table: its density over the plane, or its samples against the data."""

import os
from typing import Any

import jax
import numpy as np

from surjax.data import DataSet, TableForm
from surjax.evaluate import density_on_grid
from surjax.evaluate.grid import Bounds
from surjax.flow import Flow
from surjax.gaps import rows_with_gaps, takes_gaps, without_gaps
from surjax.pictures.figures import Panel, bounds_of, check_path, comparison, pairs, panel_of_samples

_ROWS = 20_000
"""How many rows, drawn or of the data, a picture shows at most."""


def plane_of(train: DataSet) -> Bounds:
    """The part of the plane to draw: where the density that the points are of is, or the points are."""
    return train.truth.bounds if train.truth is not None else bounds_of(train.values)


def draw_density(
    flow: Flow,
    form: TableForm,
    train: DataSet,
    path: str | os.PathLike,
    *,
    titles: tuple[str, str] = ("", ""),
    points: int = 400,
    num_samples: int = 1,
    seed: int = 0,
    given: np.ndarray | None = None,
) -> dict[str, Any]:
    """Draw the density beside the data; for other than two numeric columns, samples against data.

    Args:
        flow: the model.
        form: what its rows are.
        train: the rows that it was trained on.
        path: the file, .png, .pdf or .svg.
        titles: what stands above the model's density, and above the marginals.
        points: cells of the grid a side.
        num_samples: K of the bound, where the model is not exact.
        seed: of the draws.
        given: (1, given) what a conditional model is given; without it samples are drawn, each given what
            one of the rows is given.

    Returns:
        What was drawn: {"kind": "density", "integral": over the picture} or {"kind": "marginals"}.

    Raises:
        ConfigError: the type of file is unknown, or points is out of range.
        SurjaxError: it cannot be written.
    """
    check_path(path)
    rows = np.asarray(train.values)
    if takes_gaps(flow):  # rows without any are drawn, and their density is that of the model without gaps
        flow, rows = without_gaps(flow), rows[~rows_with_gaps(rows)]
    if not form.planar or (form.given and given is None):
        n = min(len(train), _ROWS)
        context = train.context if given is None else np.repeat(given, n, 0)
        samples = flow.sample(jax.random.key(seed), n, None if context is None else context[:n])
        pairs(rows, np.asarray(samples), form.names, path, titles[1])
        return {"kind": "marginals"}
    bounds = plane_of(train)
    how: Any = {"num_samples": num_samples, "key": jax.random.key(seed), "given": given}
    density = density_on_grid(flow, bounds, points, **how) / form.cell
    data = panel_of_samples(rows, bounds, "Data")
    comparison([[data, Panel(density, bounds, titles[0])]], path)
    ((left, right), (bottom, top)) = bounds
    return {"kind": "density", "integral": float(density.mean() * (right - left) * (top - bottom))}


def draw_rows(rows: np.ndarray, form: TableForm, path: str | os.PathLike) -> None:
    """Draw rows: a histogram of the plane for two numeric columns, pairwise marginals for others."""
    if form.planar:
        bounds = bounds_of(rows)
        comparison([[panel_of_samples(rows, bounds, f"{len(rows):,} samples")]], path)
    else:
        pairs(rows[:0], rows, form.names, path)
