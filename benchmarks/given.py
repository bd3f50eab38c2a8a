"""Held-out conditional log-likelihood on scikit-learn's real tables, two columns given.

`surjax.sklearn.FlowDensity(given=[0, 1])` beside what the joint model implies, log p(x, c) − log p(c) with
a model of the given columns alone for the second, and beside a kernel conditional density estimate.
Tables, folds and noise are those of `tables.py`; the first two columns of each are given. Writes
benchmarks/given.json and the table in docs/given.md.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import jax
import numpy as np
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler

from given_report import write_table
from run import describe_machine
from surjax.sklearn import FlowDensity
from tables import Scores, compare

HERE = Path(__file__).parent
TABLES = ("wine", "breast_cancer", "diabetes")
GIVEN = [0, 1]
BANDWIDTHS = np.geomspace(0.05, 3.0, 24)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=TABLES)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0, help="of the folds, the noise and the methods")
    parser.add_argument("--results", type=Path, default=HERE / "given.json")
    parser.add_argument("--page", type=Path, default=HERE.parent / "docs" / "given.md")
    args = parser.parse_args()

    machine = describe_machine()
    with tempfile.TemporaryDirectory() as folder:
        # the folds of a table have one shape, so what is compiled for the first serves the others
        jax.config.update("jax_compilation_cache_dir", folder)
        tables = [compare(name, args.folds, args.seed, METHODS) for name in args.tables]
    machine["load_after"] = os.getloadavg()[0]
    results = {"machine": machine, "folds": args.folds, "seed": args.seed, "tables": tables}
    args.results.write_text(json.dumps(results, indent=2) + "\n")
    write_table(results, args.page)
    print(f"wrote {args.results} and {args.page}", file=sys.stderr)


def given(train: np.ndarray, test: np.ndarray, seed: int) -> Scores:
    """surjax's conditional model: `tabular` at its defaults, given the two columns."""
    density = FlowDensity(given=GIVEN, random_state=seed).fit(train)
    return density.score_samples(test), {"steps": density.n_steps_}


def implied(train: np.ndarray, test: np.ndarray, seed: int) -> Scores:
    """log p(x, c) − log p(c), of two models `tabular`: one of all columns, one of those that are given."""
    joint, alone = (
        FlowDensity(random_state=seed).fit(train),
        FlowDensity(random_state=seed).fit(train[:, GIVEN]),
    )
    scores = joint.score_samples(test) - alone.score_samples(test[:, GIVEN])
    return scores, {"steps": joint.n_steps_, "steps of c": alone.n_steps_}


def kernels(train: np.ndarray, test: np.ndarray, seed: int) -> Scores:
    """Σᵢ K(x − xᵢ; h) K(c − cᵢ; g)/Σᵢ K(c − cᵢ; g) with normal kernels on standardised columns, and the
    bandwidths h and g of the best conditional log-likelihood in five-fold cross-validation."""
    scaler = StandardScaler().fit(train)
    folds = list(KFold(5, shuffle=True, random_state=seed).split(train))
    white = scaler.transform(train)
    found = sum(_kernel_scores(white[a], white[b]).sum(-1) for a, b in folds)
    h, g = np.unravel_index(np.argmax(found), found.shape)
    scores = _kernel_scores(white, scaler.transform(test), BANDWIDTHS[[h]], BANDWIDTHS[[g]])[0, 0]
    rest = np.delete(np.asarray(scaler.scale_), GIVEN)
    return scores - np.log(rest).sum(), {"h": float(BANDWIDTHS[h]), "g": float(BANDWIDTHS[g])}


def _kernel_scores(
    train: np.ndarray, test: np.ndarray, of_x: np.ndarray = BANDWIDTHS, of_c: np.ndarray = BANDWIDTHS
) -> np.ndarray:
    """(h, g, rows of test) log-densities for every two bandwidths."""
    (c, x), (new_c, new_x) = ((part[:, GIVEN], np.delete(part, GIVEN, 1)) for part in (train, test))
    far_c = ((new_c[:, None] - c) ** 2).sum(-1)
    far_x = ((new_x[:, None] - x) ** 2).sum(-1)
    dim, scores = x.shape[1], np.empty((len(of_x), len(of_c), len(test)))
    for j, g in enumerate(of_c):
        near = -far_c / (2 * g**2)
        near -= np.logaddexp.reduce(near, 1, keepdims=True)
        for i, h in enumerate(of_x):
            kernel = -far_x / (2 * h**2) - dim * np.log(h * np.sqrt(2 * np.pi))
            scores[i, j] = np.logaddexp.reduce(near + kernel, 1)
    return scores


METHODS = {"surjax": given, "joint model": implied, "kernels": kernels}


if __name__ == "__main__":
    main()
