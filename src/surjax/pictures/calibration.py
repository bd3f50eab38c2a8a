"""The picture of a posterior's calibration."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from surjax.inference.calibration import Calibration
from surjax.pictures.figures import check_path, write_figure

BAND = 0.99
"""The bands hold what a calibrated posterior gives with this probability, at each place."""
_MODEL, _IDEAL = "#3b6fb6", "#888888"


def draw_calibration(
    calibrations: Sequence[Calibration], path: str | os.PathLike, titles: Sequence[str] = ("",)
) -> None:
    """Draw, for each calibration, the ranks of every parameter and the expected coverage.

    Left the share of true parameters whose rank is at most so high, less what it is of a calibrated
    posterior, a line a parameter (Talts et al. 2018); right the share of truths inside regions of highest
    density over the regions' mass (Hermans et al. 2022): below the diagonal the posterior is too sure. The
    grey bands have what chance gives 99 % of calibrated posteriors at each place. The file is .png, .pdf
    or .svg, whole or not at all.
    """
    from matplotlib.figure import Figure
    from scipy.stats import binom

    path = check_path(path)
    figure = Figure(figsize=(8, 3.4 * len(calibrations)), layout="constrained")
    places = np.linspace(0, 1, 101)
    for (left, right), known, title in zip(
        figure.subplots(len(calibrations), 2, squeeze=False), calibrations, titles, strict=True
    ):
        n, below = len(known.levels), (1 - BAND) / 2
        low, high = binom.ppf([[below], [1 - below]], n, places) / n
        shares = (known.ranks + 0.5) / (known.num_samples + 1)
        left.fill_between(places, low - places, high - places, color=_IDEAL, alpha=0.25, lw=0)
        for i, column in enumerate(shares.T, 1):
            reached = (np.sort(column)[:, None] <= places).mean(0)
            left.plot(places, reached - places, lw=1, label=rf"$\theta_{{{i}}}$")
        left.set(xlabel="rank of the truth", ylabel="share of truths − rank", title=title)
        left.legend(fontsize=7, ncols=2)
        right.fill_between(places, low, high, color=_IDEAL, alpha=0.25, lw=0)
        right.plot(places, places, color=_IDEAL, lw=1)
        right.plot(places, [known.coverage(level) for level in places], color=_MODEL)
        right.set(xlabel="mass of the region", ylabel="share of truths inside", title=title)
    write_figure(figure, path)


def draw_predictive(x: Any, observation: Any, path: str | os.PathLike) -> None:
    """Draw what the simulator makes of draws of a posterior, x of shape (n, …), beside the observation.

    Of each number of x the middle half and nine tenths of the simulations, and what was observed, in units of
    the simulations' spread about their median. The file is .png, .pdf or .svg,
    whole or not at all.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    path = check_path(path)
    rows = np.asarray(x, np.float64).reshape(len(x), -1)
    seen = np.asarray(observation, np.float64).ravel()
    spread = np.where(rows.std(0) > 0, rows.std(0), 1.0)
    lowest, low, middle, high, highest = np.quantile(rows, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
    place = np.arange(len(seen))
    figure = Figure(figsize=(max(4, min(0.4 * len(seen) + 2, 14)), 3.6), layout="constrained")
    axes = figure.subplots()
    for ends, width, label in (((lowest, highest), 1, "90 %"), ((low, high), 5, "50 %")):
        bottom, top = ((end - middle) / spread for end in ends)
        axes.vlines(place, bottom, top, color=_MODEL, lw=width, label=label)
    axes.plot(place, (seen - middle) / spread, "x", color="#d0342c", label="observed")
    axes.set(xlabel="number of x, from 0", ylabel="deviations from the median", xlim=(-0.7, len(seen) - 0.3))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
    write_figure(figure, path)
