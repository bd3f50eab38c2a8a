"""Held-out log-likelihood on scikit-learn's real tables, surjax beside classical estimators: `make bench`.

Each table's rows are shuffled once with a fixed seed and cut into folds; every method is fitted to the
rows outside a fold and scores those inside it, so each row is scored once, by a model that has not seen
it. Whatever a method selects, it selects on the rows it is fitted to. Writes benchmarks/tables.json and
the page docs/tables.md.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import jax
import numpy as np
from sklearn import datasets
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.neighbors import KernelDensity
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from run import describe_machine
from surjax.sklearn import FlowDensity
from tables_report import markdown

HERE = Path(__file__).parent
ROOT = HERE.parent
TABLES = ("breast_cancer", "wine", "digits", "diabetes")
COVARIANCES = ("full", "tied", "diag", "spherical")
COMPONENTS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 35, 40, 50)
ROWS_A_COMPONENT = 20
PATIENCE = 3
BANDWIDTHS = np.geomspace(0.05, 3.0, 42)

Scores = tuple[np.ndarray, dict[str, object]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=TABLES)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0, help="of the folds, the noise and the methods")
    parser.add_argument("--results", type=Path, default=HERE / "tables.json")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "tables.md")
    args = parser.parse_args()

    machine = describe_machine()
    with tempfile.TemporaryDirectory() as folder:
        # the folds of a table have one shape, so what is compiled for the first serves the others
        jax.config.update("jax_compilation_cache_dir", folder)
        tables = [compare(name, args.folds, args.seed) for name in args.tables]
    machine["load_after"] = os.getloadavg()[0]
    results = {"machine": machine, "folds": args.folds, "seed": args.seed, "tables": tables}
    args.results.write_text(json.dumps(results, indent=2) + "\n")
    args.page.write_text(markdown(results))
    print(f"wrote {args.results} and {args.page}", file=sys.stderr)


def compare(
    name: str, folds: int, seed: int, compared: dict[str, Callable[..., Scores]] | None = None
) -> dict[str, object]:
    """Score every row of a table by every method (by default `METHODS`): what the results hold of it."""
    compared = METHODS if compared is None else compared
    x = load(name, seed)
    splits = cut(len(x), folds, seed)
    methods = {}
    scores = {method: np.empty(len(x)) for method in compared}
    for method, fit_and_score in compared.items():
        selected, seconds = [], []
        for train, test in splits:
            began = time.perf_counter()
            scores[method][test], chosen = fit_and_score(x[train], x[test], seed)
            selected.append(chosen)
            seconds.append(time.perf_counter() - began)
        methods[method] = summary(scores[method]) | {"selected": selected, "seconds": seconds}
        print(f"{name}: {method} {methods[method]['mean']:.3f} nats a row", file=sys.stderr)
    ours = scores["surjax"]
    gains = {
        method: summary(ours - theirs)
        | {"folds_won": sum(bool(ours[test].mean() > theirs[test].mean()) for _, test in splits)}
        for method, theirs in scores.items()
        if method != "surjax"
    }
    return {"name": name, "rows": len(x), "columns": x.shape[1], "methods": methods, "gains": gains}


def cut(n: int, folds: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The numbers of the (training, test) rows of each fold.

    Where n is no multiple of folds, one training row of the smaller folds is left out, so that all methods
    are trained on equally many rows in every fold.
    """
    size = n - -(-n // folds)
    splits = KFold(folds, shuffle=True, random_state=seed).split(np.empty(n))
    return [(train[:size], test) for train, test in splits]


def load(name: str, seed: int) -> np.ndarray:
    """The features of a table in their own units, shape (rows, columns).

    To a column of codes, which has no density, noise is added that is uniform on [0, 1): the pixels of
    digits and the sex in diabetes. Every method is given the same numbers.
    """
    noise = np.random.default_rng(seed)
    options = {"scaled": False} if name == "diabetes" else {}
    x = getattr(datasets, f"load_{name}")(**options).data.astype(np.float64)
    codes = {"digits": slice(None), "diabetes": slice(1, 2)}.get(name, slice(0))
    x[:, codes] += noise.uniform(size=x[:, codes].shape)
    return x


def summary(scores: np.ndarray) -> dict[str, float]:
    """The mean over the rows and its standard error, in nats a row."""
    return {"mean": float(scores.mean()), "error": float(scores.std(ddof=1) / np.sqrt(len(scores)))}


def flow_density(train: np.ndarray, test: np.ndarray, seed: int) -> Scores:
    """surjax's model `tabular` at its defaults: log-densities of the test rows, in nats."""
    density = FlowDensity(random_state=seed).fit(train)
    return density.score_samples(test), {"steps": density.n_steps_}


def standardised(method: Callable[..., Scores]) -> Callable[..., Scores]:
    """The method on columns of mean 0 and variance 1, its log-densities put back into the data's units."""

    def fit_and_score(train: np.ndarray, test: np.ndarray, seed: int) -> Scores:
        scaler = StandardScaler().fit(train)
        with threadpool_limits(1):  # on matrices so small BLAS threads mostly wait for each other
            scores, selected = method(scaler.transform(train), scaler.transform(test), seed)
        return scores - np.log(np.asarray(scaler.scale_)).sum(), selected

    return fit_and_score


@standardised
def gaussian_mixture(train: np.ndarray, test: np.ndarray, seed: int) -> Scores:
    """The mixture of normals with the lowest BIC, over components and kinds of covariance."""
    mixtures = [mixture for kind in COVARIANCES for mixture in mixtures_of(kind, train, seed)]
    best = min(mixtures, key=lambda mixture: mixture.bic(train))
    selected = {"components": best.n_components, "covariance": best.covariance_type}
    return best.score_samples(test), selected


def mixtures_of(kind: str, train: np.ndarray, seed: int) -> Iterator[GaussianMixture]:
    """Mixtures of more and more components, until BIC has not improved PATIENCE times in a row.

    At most one component for every ROWS_A_COMPONENT rows: with more, BIC rewards components that
    collapse onto single rows, to the cost of the held-out ones.
    """
    best, since = np.inf, 0
    for k in COMPONENTS:
        if k > 1 and k * ROWS_A_COMPONENT > len(train):
            return
        mixture = GaussianMixture(k, covariance_type=kind, n_init=3, max_iter=500, random_state=seed)
        yield mixture.fit(train)
        bic = mixture.bic(train)
        best, since = (bic, 0) if bic < best else (best, since + 1)
        if since == PATIENCE:
            return


@standardised
def kernel_density(train: np.ndarray, test: np.ndarray, seed: int) -> Scores:
    """Gaussian kernels, of the bandwidth with the best cross-validated log-likelihood."""
    folds = KFold(5, shuffle=True, random_state=seed)
    search = GridSearchCV(KernelDensity(), {"bandwidth": BANDWIDTHS}, cv=folds).fit(train)
    return search.best_estimator_.score_samples(test), {"bandwidth": float(search.best_params_["bandwidth"])}


METHODS = {"surjax": flow_density, "GaussianMixture": gaussian_mixture, "KernelDensity": kernel_density}


if __name__ == "__main__":
    main()
