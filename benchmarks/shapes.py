"""Held-out log-likelihood on tables of the shapes that people's tables have, with the truth known.

Each table is drawn here, its training rows and its test rows from one distribution, and written as numbers
of fixed decimals. A method gives the probability of a row's cell, the values that are written alike: of a
density that is the density times the size of the cell, so that atoms, rounded numbers and densities compare.
Writes benchmarks/shapes.json and the page docs/shapes.md.
"""

import argparse
import dataclasses
import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
import pandas as pd
from scipy import stats
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from run import describe_machine
from shapes_report import markdown
from surjax.data import Table
from surjax.data.bounds import with_bounds
from surjax.data.split import split
from surjax.models import find, for_table
from surjax.train import fit
from tables import COVARIANCES, mixtures_of

HERE = Path(__file__).parent
ROOT = HERE.parent
FINE = 1e-6
"""The cell of a number that is not rounded: tables are written with six decimals."""
DRAWS = 64
"""Importance samples of our bound, and points of a rounded cell over which a mixture is averaged."""
TEST = 2000
OFFSET_STEPS = 500


class Shape(NamedTuple):
    """A table of some shape.

    train, test: rows. truth: log-probability of each test row's cell in nats. bounds: what a user says of the
    columns. steps: the sizes of the cells of rounded ones, by their number.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    truth: np.ndarray
    bounds: tuple[str, ...] = ()
    steps: tuple[tuple[int, float], ...] = ()


def frame(*columns: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({f"c{i}": np.asarray(column) for i, column in enumerate(columns)})


def cells(columns: int) -> float:
    return columns * np.log(FINE)


def heavy_tails(random: np.random.Generator) -> Shape:
    """Four columns of a Student's t of two and a half degrees of freedom, correlated."""
    law = stats.multivariate_t(shape=0.6 * np.ones((4, 4)) + 0.4 * np.eye(4), df=2.5, seed=random)
    train, test = law.rvs(2000).round(6), law.rvs(TEST).round(6)
    return Shape(frame(*train.T), frame(*test.T), law.logpdf(test) + cells(4))


def atoms(random: np.random.Generator) -> Shape:
    """Rain, which is 0 in 60 % of the rows, and wind, which blows harder where it rains."""

    def draw(n: int) -> tuple[np.ndarray, np.ndarray]:
        dry = random.uniform(size=n) < 0.6
        rain = np.where(dry, 0, random.gamma(2, 1.5, n)).round(6)
        return rain, random.gamma(np.where(dry, 4, 8), 1.0).round(6)

    rain, wind = draw(TEST)
    dry = rain == 0
    of_rain = np.where(dry, np.log(0.6), np.log(0.4) + stats.gamma(2, scale=1.5).logpdf(rain) + cells(1))
    truth = of_rain + stats.gamma(np.where(dry, 4, 8)).logpdf(wind) + cells(1)
    return Shape(frame(*draw(2000)), frame(rain, wind), truth)


def bounds(random: np.random.Generator) -> Shape:
    """Shares that pile up at 0 and 1, and a price above 0 that depends on them."""

    def draw(n: int) -> tuple[np.ndarray, np.ndarray]:
        share = np.clip(random.beta(0.6, 0.6, n).round(6), FINE, 1 - FINE)
        return share, random.gamma(2.0, 1.0 + share).round(6)

    share, price = draw(TEST)
    truth = stats.beta(0.6, 0.6).logpdf(share) + stats.gamma(2, scale=1 + share).logpdf(price) + cells(2)
    return Shape(frame(*draw(2000)), frame(share, price), truth, ("c0:0:1", "c1:0:"))


def rounded(random: np.random.Generator) -> Shape:
    """Heights to the half, weights to the tenth, and a number that follows both."""

    def draw(n: int) -> tuple[np.ndarray, ...]:
        height = (2 * random.normal(170, 8, n)).round() / 2
        weight = (70 + 0.8 * (height - 170) + random.normal(0, 6, n)).round(1)
        return height, weight, (0.1 * weight + random.normal(size=n)).round(6)

    def of_cell(x: np.ndarray, loc: np.ndarray | float, scale: float, step: float) -> np.ndarray:
        law = stats.norm(loc, scale)
        return np.log(law.cdf(x + step / 2) - law.cdf(x - step / 2))

    height, weight, other = draw(TEST)
    truth = of_cell(height, 170, 8, 0.5) + of_cell(weight, 70 + 0.8 * (height - 170), 6, 0.1)
    truth += stats.norm(0.1 * weight).logpdf(other) + cells(1)
    return Shape(frame(*draw(2000)), frame(height, weight, other), truth, steps=((0, 0.5), (1, 0.1)))


def doubled(random: np.random.Generator) -> Shape:
    """Three columns of which the third is the first once more: no density is the truth."""

    def draw(n: int) -> tuple[np.ndarray, ...]:
        a = random.normal(size=n).round(6)
        return a, (a + random.normal(size=n)).round(6), a

    a, b, again = draw(TEST)
    truth = stats.norm.logpdf(a) + stats.norm(a).logpdf(b) + cells(2)
    return Shape(frame(*draw(2000)), frame(a, b, again), truth)


def five_rows(random: np.random.Generator) -> Shape:
    """Five rows, each many times: no density is the truth."""
    rows, chance = random.normal(size=(5, 3)).round(6), np.array([0.4, 0.25, 0.2, 0.1, 0.05])
    chosen = random.choice(5, TEST, p=chance)
    return Shape(
        frame(*rows[random.choice(5, 2000, p=chance)].T), frame(*rows[chosen].T), np.log(chance)[chosen]
    )


def many_columns(random: np.random.Generator) -> Shape:
    """Sixty correlated columns of fifty rows."""
    loadings = random.normal(size=(60, 5))
    law = stats.multivariate_normal(cov=loadings @ loadings.T / 5 + 0.3 * np.eye(60), seed=random)
    train, test = law.rvs(50).round(6), law.rvs(TEST).round(6)
    return Shape(frame(*train.T), frame(*test.T), law.logpdf(test) + cells(60))


def one_outlier(random: np.random.Generator) -> Shape:
    """Standard normals, with one value of 10⁸ among the training rows."""
    train, test = random.normal(size=(2000, 4)).round(6), random.normal(size=(TEST, 4)).round(6)
    train[17, 2] = 1e8
    return Shape(frame(*train.T), frame(*test.T), stats.norm.logpdf(test).sum(1) + cells(4))


SHAPES: dict[str, Callable[[np.random.Generator], Shape]] = {
    "heavy tails": heavy_tails,
    "atoms": atoms,
    "bounds": bounds,
    "rounded": rounded,
    "doubled column": doubled,
    "five distinct rows": five_rows,
    "more columns than rows": many_columns,
    "one outlier": one_outlier,
}


def surjax_scores(shape: Shape, seed: int, model: str = "tabular", steps: int | None = None) -> np.ndarray:
    """A model of tables as `surjax train` trains it, for its own steps or so many."""
    config = find(model)()
    table = with_bounds(Table.from_frame(shape.train), shape.bounds)
    test = Table.from_frame(shape.test, schema=table.schema, strict=False)
    train, held_out = split(len(table), (0.85, 0.15), seed)
    flow = for_table(config, table.schema, jax.random.key(seed))
    training = config.training if steps is None else dataclasses.replace(config.training, steps=steps)
    flow = fit(flow, table.values[train], validation=table.values[held_out], config=training).flow
    found = np.asarray(flow.log_prob(test.values, jax.random.key(seed), num_samples=DRAWS))
    return found + table.form.continuous(test.values) * np.log(FINE)


def mixture_scores(shape: Shape, seed: int) -> np.ndarray:
    """scikit-learn's mixture of normals with the lowest BIC, on standardised columns (see `tables.py`)."""
    scaler = StandardScaler().fit(shape.train)
    x, steps = scaler.transform(shape.train), np.zeros(shape.train.shape[1])
    for column, step in shape.steps:
        steps[column] = step
    noise = np.random.default_rng(seed)
    with threadpool_limits(1):
        every = [mixture for kind in COVARIANCES for mixture in mixtures_of(kind, x, seed)]
        best = min(every, key=lambda mixture: mixture.bic(x))
        draws = []
        for _ in range(DRAWS if shape.steps else 1):
            moved = shape.test + noise.uniform(-0.5, 0.5, shape.test.shape) * steps
            draws.append(best.score_samples(scaler.transform(moved)))
    cell = np.log(np.where(steps > 0, steps, FINE)).sum() - np.log(np.asarray(scaler.scale_)).sum()
    return np.logaddexp.reduce(draws, axis=0) - np.log(len(draws)) + cell


METHODS = {"surjax": surjax_scores, "GaussianMixture": mixture_scores}


def compare(name: str, seed: int) -> dict[str, object]:
    """Every method on a table: what `shapes.json` holds of it."""
    shape, methods = SHAPES[name](np.random.default_rng(seed)), {}
    for method, score in METHODS.items():
        began = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of mixtures that do not converge
            scores = score(shape, seed)
        gap = shape.truth - scores
        methods[method] = {
            "mean": float(scores.mean()),
            "gap": float(gap.mean()),
            "error": float(gap.std(ddof=1) / np.sqrt(len(gap))),
            "seconds": time.perf_counter() - began,
        }
        print(f"{name}: {method} {scores.mean():.3f}, {gap.mean():.3f} below the truth", file=sys.stderr)
    return {
        "name": name,
        "rows": len(shape.train),
        "columns": shape.train.shape[1],
        "truth": float(shape.truth.mean()),
        "about": (SHAPES[name].__doc__ or "").strip(),
        "methods": methods,
    }


def offsets(seed: int) -> list[dict[str, object]]:
    """How far a time stamp's offset moves what a model gives: held-out rows against those of centred data."""
    random = np.random.default_rng(seed)
    stamps = random.normal(0, 300, 2000 + TEST).round(6)
    others = (stamps / 300 + random.normal(size=len(stamps))).round(6)
    found = []
    for model in ("tabular", "maf", "nsf"):
        scores = []
        for offset in (1.6e9, 0.0):
            both = frame(stamps + offset, others)
            shape = Shape(both[:2000], both[2000:], np.zeros(TEST))
            scores.append(surjax_scores(shape, seed, model, OFFSET_STEPS).mean())
        found.append({"model": model, "difference": float(scores[0] - scores[1])})
        print(f"offset: {model} {scores[0] - scores[1]:.4f}", file=sys.stderr)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", nargs="+", choices=tuple(SHAPES), default=tuple(SHAPES))
    parser.add_argument("--seed", type=int, default=0, help="of the tables and the methods")
    parser.add_argument("--results", type=Path, default=HERE / "shapes.json")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "shapes.md")
    args = parser.parse_args()
    machine = describe_machine()
    tables = [compare(name, args.seed) for name in args.shapes]
    moved = offsets(args.seed)
    machine["load_after"] = os.getloadavg()[0]
    results = {"machine": machine, "seed": args.seed, "draws": DRAWS, "tables": tables, "offsets": moved}
    args.results.write_text(json.dumps(results, indent=2) + "\n")
    args.page.write_text(markdown(results))
    print(f"wrote {args.results} and {args.page}", file=sys.stderr)


if __name__ == "__main__":
    main()
