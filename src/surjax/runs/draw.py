"""The picture of a run of a table: its density over the plane, or its samples against the data."""

import os
from typing import Any

import jax
import numpy as np

from surjax.data import ImageForm, Schema
from surjax.errors import ConfigError
from surjax.evaluate import density_on_grid
from surjax.evaluate.grid import Bounds
from surjax.flow import Flow
from surjax.runs.data import Splits
from surjax.runs.run import Run

_ROWS = 20_000
"""How many rows, drawn or of the data, a picture shows at most."""


def plane_of(splits: Splits) -> Bounds:
    """The part of the plane to draw."""
    from surjax.evaluate.figures import bounds_of

    return splits.train.truth.bounds if splits.train.truth is not None else bounds_of(splits.train.values)


def draw_density(
    run: Run,
    flow: Flow,
    splits: Splits,
    path: str | os.PathLike,
    *,
    points: int = 400,
    num_samples: int = 1,
    seed: int = 0,
) -> dict[str, Any]:
    """Draw the density beside the data; for other than two numeric columns, samples against data.

    Args:
        run: the run.
        flow: its model.
        splits: its data.
        path: the file, .png, .pdf or .svg.
        points: cells of the grid a side.
        num_samples: K of the bound, where the model is not exact.
        seed: of the draws.

    Returns:
        What was drawn: {"kind": "density", "integral": over the picture} or {"kind": "marginals"}.

    Raises:
        ConfigError: the type of file is unknown, points is out of range, or it is a run of images.
        SurjaxError: it cannot be written.
    """
    from surjax.evaluate import figures

    figures.check_path(path)
    form = run.record.form
    if isinstance(form, ImageForm):
        raise ConfigError(
            f"{run.folder} is a run of images, whose density has no picture: see `surjax sample`, "
            "`surjax interpolate` and `surjax reconstruct`."
        )
    rows = splits.train.values
    if not run.planar:
        samples = flow.sample(jax.random.key(seed), min(len(rows), _ROWS))
        names = [column.name for column in form]
        figures.pairs(rows, np.asarray(samples), names, path, run.name)
        return {"kind": "marginals"}
    bounds = plane_of(splits)
    density = density_on_grid(flow, bounds, points, num_samples=num_samples, key=jax.random.key(seed))
    data = figures.panel_of_samples(rows, bounds, "Data")
    figures.comparison([[data, figures.Panel(density, bounds, run.record.settings.model.name)]], path)
    ((left, right), (bottom, top)) = bounds
    return {"kind": "density", "integral": float(density.mean() * (right - left) * (top - bottom))}


def draw_samples(samples: np.ndarray, schema: Schema, path: str | os.PathLike) -> None:
    """Draw samples: a histogram of the plane for two numeric columns, pairwise marginals for others."""
    from surjax.evaluate import figures

    if [column.kind for column in schema] == ["numeric", "numeric"]:
        bounds = figures.bounds_of(samples)
        figures.comparison([[figures.panel_of_samples(samples, bounds, f"{len(samples):,} samples")]], path)
    else:
        figures.pairs(samples[:0], samples, [column.name for column in schema], path)
