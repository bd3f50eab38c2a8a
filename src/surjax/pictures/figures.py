"""Figures: densities of the plane side by side, and pairwise views of wider tables.

Everything here takes arrays, draws without a screen (Matplotlib's Agg) and writes each file whole or not
at all.
"""

import contextlib
import dataclasses
import math
import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from surjax.errors import ConfigError, DataError
from surjax.evaluate.grid import Bounds
from surjax.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".pdf", ".svg")
"""The types of file that a figure can be written as."""

_COLORMAP = "magma"
_POINTS = "#fe9f6d"
_DATA, _MODEL = "#3b6fb6", "#e07a2f"
_MOST_COLUMNS = 6
_MOST_POINTS = 2000
_ENOUGH_FOR_A_HISTOGRAM = 20_000


@dataclasses.dataclass(frozen=True, eq=False)
class Panel:
    """One picture of the plane: a density on a grid, or points.

    Attributes:
        density: (rows, columns) of a grid, the first row at the bottom; None where points are drawn.
        bounds: the rectangle that is drawn, which the grid covers.
        title: a line above it.
        note: a second line.
        points: (n, 2) to scatter, where there is no density.
    """

    density: np.ndarray | None
    bounds: Bounds
    title: str = ""
    note: str = ""
    points: np.ndarray | None = None


def panel_of_samples(x: Any, bounds: Bounds, title: str = "", note: str = "") -> Panel:
    """The picture of points (n, 2): themselves where they are few, else a histogram of fine cells."""
    x = np.asarray(x)
    if len(x) < _ENOUGH_FOR_A_HISTOGRAM:
        return Panel(None, bounds, title, note, points=x)
    cells = int(min(math.sqrt(len(x) / 7), 160))
    counts, _, _ = np.histogram2d(x[:, 1], x[:, 0], bins=cells, range=(bounds[1], bounds[0]))
    area = math.prod((high - low) / cells for low, high in bounds)
    return Panel(counts / (len(x) * area), bounds, title, note)


def bounds_of(x: Any, margin: float = 0.08) -> Bounds:
    """The rectangle of all but the farthest points (n, 2), with a margin around it; NaN is passed over."""
    low, high = np.nanquantile(np.asarray(x, np.float64), (0.002, 0.998), axis=0)
    pad = margin * np.maximum(high - low, 1e-6 * (1 + np.abs(low)))
    (x0, y0), (x1, y1) = low - pad, high + pad
    return (float(x0), float(x1)), (float(y0), float(y1))


def comparison(
    rows: Sequence[Sequence[Panel]],
    path: str | os.PathLike,
    labels: Sequence[str] = (),
) -> None:
    """Draw panels side by side: one row a data set, one column a model, for instance.

    The densities of a row share one scale of colour, that of the first of them, so that they can be
    compared; where a density is higher the colour is the brightest.

    Args:
        rows: the panels; each row has as many.
        path: the file, .png, .pdf or .svg.
        labels: a name for each row, at its left.

    Raises:
        ConfigError: the type of file is unknown.
        SurjaxError: it cannot be written.
    """
    path = check_path(path)
    count = max(len(row) for row in rows)
    figure = _figure(2.6 * count + 0.3 * bool(labels), 3.1 * len(rows))
    grid = figure.subplots(len(rows), count, squeeze=False)
    for i, row in enumerate(rows):
        top = _brightest(row)
        for axes in grid[i, len(row) :]:
            axes.set_axis_off()
        for axes, panel in zip(grid[i], row, strict=False):
            _draw_panel(axes, panel, top)
        if labels:
            grid[i, 0].set_ylabel(labels[i].replace("_", " "), fontsize=11, labelpad=6, parse_math=False)
    write_figure(figure, path)


def pairs(
    data: Any,
    samples: Any,
    names: Sequence[str],
    path: str | os.PathLike,
    title: str = "",
) -> None:
    """Draw each column's marginal and each two columns' joint scatter, data against samples.

    On the diagonal are the marginals of both; below it lie the data, above it the samples. Of a wide
    table the first six columns are drawn.

    Args:
        data: (n, columns); may have no rows.
        samples: (m, columns).
        names: of the columns.
        path: the file, .png, .pdf or .svg.
        title: a line above all.

    Raises:
        ConfigError: the type of file is unknown.
        DataError: no sample is finite.
        SurjaxError: it cannot be written.
    """
    path = check_path(path)
    shown = min(len(names), _MOST_COLUMNS)
    data, samples = (_finite(np.asarray(part, np.float64)[:, :shown]) for part in (data, samples))
    if not len(samples):
        raise DataError("none of the samples is finite, so there is nothing to draw: train the model longer.")
    limits = [_limits(np.concatenate([data[:, i], samples[:, i]])) for i in range(shown)]
    side = max(1.7 * shown, 3.6)
    figure = _figure(side, side + 0.5)
    grid = figure.subplots(shown, shown, squeeze=False)
    for i in range(shown):
        for j in range(shown):
            axes = grid[i, j]
            if i == j:
                _draw_marginals(axes, data[:, i], samples[:, i], limits[i])
            else:
                points, colour = (data, _DATA) if i > j else (samples, _MODEL)
                points = points[:_MOST_POINTS]
                axes.scatter(points[:, j], points[:, i], s=5, color=colour, alpha=0.45, linewidths=0)
                axes.set_ylim(*limits[i])
            axes.set_xlim(*limits[j])
            axes.set_xticks([])
            axes.set_yticks([])
            if i == shown - 1:
                axes.set_xlabel(_short(names[j]), fontsize=8, parse_math=False)
            if j == 0:
                axes.set_ylabel(_short(names[i]), fontsize=8, parse_math=False)
    both = [("data", _DATA)] * bool(len(data)) + [("samples", _MODEL)]
    handles = [_swatch(colour, name) for name, colour in both]
    figure.legend(handles=handles, loc="outside upper right", ncols=2, frameon=False, fontsize=9)
    if title:
        figure.suptitle(title, x=0.02, ha="left", fontsize=11, parse_math=False)
    write_figure(figure, path)


def check_path(path: str | os.PathLike) -> Path:
    """The path of a figure to be, or ConfigError where its type is unknown."""
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise ConfigError(
            f"{path} ends in {path.suffix or 'nothing'!r}, which is no type of figure: "
            f"write one of {', '.join(SUFFIXES)}."
        )
    return path


def _draw_panel(axes: "Axes", panel: Panel, top: float) -> None:
    (left, right), (bottom, up) = panel.bounds
    if panel.density is not None:
        axes.imshow(
            panel.density,
            origin="lower",
            extent=(left, right, bottom, up),
            cmap=_COLORMAP,
            vmin=0,
            vmax=top,
            interpolation="antialiased",
            aspect="auto",
        )
    elif panel.points is not None:
        alpha = float(np.clip(1500 / max(len(panel.points), 1), 0.15, 0.9))
        axes.set_facecolor("black")
        axes.scatter(*panel.points.T, s=2.5, color=_POINTS, alpha=alpha, linewidths=0)
        axes.set_xlim(left, right)
        axes.set_ylim(bottom, up)
    axes.set_box_aspect(1)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    title = "\n".join(filter(None, (panel.title, panel.note)))
    axes.set_title(title, fontsize=10, linespacing=1.35, parse_math=False)


def _draw_marginals(axes: "Axes", data: np.ndarray, samples: np.ndarray, limits: tuple[float, float]) -> None:
    cells = int(np.clip(math.sqrt(max(len(data), 100)), 10, 50))
    edges = np.linspace(*limits, cells + 1)
    for values, colour, filled in ((data, _DATA, True), (samples, _MODEL, False)):
        if len(values):
            style: dict[str, Any] = {"alpha": 0.45} if filled else {"histtype": "step", "linewidth": 1.4}
            axes.hist(values, bins=edges.tolist(), density=True, color=colour, **style)


def _brightest(row: Sequence[Panel]) -> float:
    """The density that gets the brightest colour: near the first one's highest, but no single spike's."""
    for panel in row:
        if panel.density is not None:
            density = panel.density[np.isfinite(panel.density) & (panel.density > 0)]
            return float(np.quantile(density, 0.995)) if len(density) else 1.0
    return 1.0


def _limits(values: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(values, (0.003, 0.997))
    pad = 0.06 * (high - low) or 0.5
    return float(low - pad), float(high + pad)


def _finite(values: np.ndarray) -> np.ndarray:
    return values[np.isfinite(values).all(axis=1)]


def _short(name: str, most: int = 18) -> str:
    name = " ".join(name.split())  # a name may go over several lines
    return name if len(name) <= most else name[: most - 1] + "…"


def _swatch(colour: str, name: str) -> Any:
    from matplotlib.patches import Patch

    return Patch(color=colour, label=name, alpha=0.8)


def _figure(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def write_figure(figure: "Figure", path: Path) -> None:
    """Write a figure to a path that `check_path` gave, whole or not at all."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    with write_atomically(path) as temporary, _letters_told_once(path):
        kind = path.suffix.lower()[1:]  # named, or Matplotlib adds a suffix to a file that has none
        figure.savefig(temporary, format=kind, dpi=150, bbox_inches="tight", pad_inches=0.08)


@contextlib.contextmanager
def _letters_told_once(path: Path) -> Iterator[None]:
    """Say once that the font lacks letters, which Matplotlib says of each."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    lacking = [warning for warning in caught if "missing from font" in str(warning.message)]
    for warning in caught:
        if warning not in lacking:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    if lacking:
        warnings.warn(f"{path}: the font of figures lacks letters, which are drawn as boxes.", stacklevel=4)
