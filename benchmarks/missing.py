"""Tables with cells missing at random: surjax's models of gaps beside mean imputation.

Cells of scikit-learn's tables are hidden at random, in training and in test rows alike, and the rows cut into
the folds of `tables.py`. Measured are the held-out log-likelihood of the cells that are left, and how far
imputed cells are from those that were hidden. Writes benchmarks/missing.json and docs/missing-measured.md,
the table that the page docs/missing.md shows.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np
import optax

from missing_report import markdown
from run import describe_machine
from surjax import Chain, Flow
from surjax.data import Table
from surjax.evaluate.likelihood import scores_of
from surjax.models.missing import imputed
from surjax.parameters import partition
from surjax.precision import entered, standardize_of
from surjax.sklearn import FlowDensity
from tables import cut, load, summary

HERE = Path(__file__).parent
ROOT = HERE.parent
TABLES = ("wine", "breast_cancer", "diabetes")
SHARES = (0.1, 0.3)
SAMPLES = (16, 1024)
"""K of the bounds: the last is the one that counts, and the first tells how tight it is."""
STEPS, BATCH = 1000, 128
"""The training of what draws missing cells for the model of rows filled with means."""
DRAWS = 16
"""Of how many imputations the mean is what is held against the hidden cells."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=TABLES)
    parser.add_argument("--shares", nargs="+", type=float, default=SHARES, help="of the cells, missing")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0], help="of folds, gaps and methods")
    parser.add_argument("--add", action="store_true", help="keep what the results hold of other tables")
    parser.add_argument("--results", type=Path, default=HERE / "missing.json")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "missing-measured.md")
    args = parser.parse_args()

    machine = describe_machine()
    command = " ".join(["python", "benchmarks/missing.py", *sys.argv[1:]])
    rows: list[dict[str, Any]] = []
    if args.add and args.results.exists():
        anew = [(name, share) for name in args.tables for share in args.shares]
        kept = json.loads(args.results.read_text())["rows"]
        rows = [row for row in kept if (row["name"], row["share"]) not in anew]
    with tempfile.TemporaryDirectory() as folder:
        jax.config.update("jax_compilation_cache_dir", folder)  # the folds of a table have one shape
        for name in args.tables:
            for share in args.shares:
                rows.append(compare(name, share, args.folds, args.seeds))
                machine["load_after"] = os.getloadavg()[0]
                results = {"machine": machine, "command": command, "folds": args.folds}
                results |= {"samples": SAMPLES, "draws": DRAWS, "rows": rows}
                args.results.write_text(json.dumps(results, indent=2) + "\n")
    args.page.write_text(markdown(json.loads(args.results.read_text())))
    print(f"wrote {args.results} and {args.page}", file=sys.stderr)


def with_gaps(x: np.ndarray, share: float, seed: int) -> np.ndarray:
    """The rows with a share of their cells missing; each keeps one at least."""
    random = np.random.default_rng(seed + 1)
    gaps = random.uniform(size=x.shape) < share
    gaps[np.arange(len(x)), random.integers(x.shape[1], size=len(x))] = False
    return np.where(gaps, np.nan, x)


def compare(name: str, share: float, folds: int, seeds: list[int]) -> dict[str, Any]:
    """One table with one share of its cells missing, by every seed: a row of `missing.json`.

    A row of the table counts by the mean of its scores under the seeds' gaps.
    """
    found = [measure(name, share, folds, seed) for seed in seeds]
    methods: dict[str, Any] = {}
    for method in METHODS:
        mine = [each.methods[method] for each in found]
        methods[method] = {
            "likelihood": {str(k): summary(np.mean([one.scores[k] for one in mine], 0)) for k in SAMPLES},
            "rmse": float(np.sqrt(np.mean([one.rmse**2 for one in mine]))),
            "steps": [one.steps for one in mine],
            "seconds": [second for one in mine for second in one.seconds],
        }
    gains = np.array([each.methods["surjax"].last - each.methods["mean"].last for each in found])
    won = [gain[test].mean() > 0 for gain, each in zip(gains, found, strict=True) for _, test in each.splits]
    return {
        "name": name,
        "share": share,
        "seeds": seeds,
        "size": [gains.shape[1], found[0].columns],
        "missing": float(np.mean([each.missing for each in found])),
        "methods": methods,
        "iterative_rmse": float(np.sqrt(np.mean([each.iterative_rmse**2 for each in found]))),
        "gain": summary(gains.mean(0)) | {"folds_won": int(sum(won)), "each_seed": gains.mean(1).tolist()},
    }


class OfMethod(NamedTuple):
    """What a method reached: log-likelihoods of all rows by K, the error of imputed cells, and of each fold
    the steps of training and the seconds."""

    scores: dict[int, np.ndarray]
    rmse: float
    steps: list[int]
    seconds: list[float]

    @property
    def last(self) -> np.ndarray:
        """The scores that count."""
        return self.scores[SAMPLES[-1]]


class OfSeed(NamedTuple):
    """What the methods reached with the gaps and folds of one seed."""

    methods: dict[str, OfMethod]
    splits: list[tuple[np.ndarray, np.ndarray]]
    columns: int
    missing: float
    iterative_rmse: float


def measure(name: str, share: float, folds: int, seed: int) -> OfSeed:
    """All methods on one table, with the gaps and folds of a seed."""
    whole = load(name, seed)
    x = with_gaps(whole, share, seed)
    splits = cut(len(x), folds, seed)
    spread = whole.std(0)
    methods = dict[str, OfMethod]()
    for method, score in METHODS.items():
        scores = {k: np.empty(len(x)) for k in SAMPLES}
        errors, seconds, steps = [], [], []
        for train, test in splits:
            began = time.perf_counter()
            found, filled, chosen = score(x[train], x[test], seed)
            seconds.append(time.perf_counter() - began)
            steps.append(chosen)
            for k in SAMPLES:
                scores[k][test] = found[k]
            gaps = np.isnan(x[test])
            errors.append(((filled - whole[test]) / spread)[gaps])
        rmse = float(np.sqrt((np.concatenate(errors) ** 2).mean()))
        methods[method] = OfMethod(scores, rmse, steps, seconds)
        told = {k: summary(scores[k]) for k in SAMPLES}
        print(f"{name}, {share:.0%}, seed {seed}: {method} {told} {rmse:.3f}", flush=True)
    missing = float(np.isnan(x).mean())
    return OfSeed(methods, splits, x.shape[1], missing, iterative_imputer(x, whole, splits, spread))


Scores = tuple[dict[int, np.ndarray], np.ndarray, int]
"""(log-likelihoods of the test rows by K, the test rows with their gaps filled in, steps of training)."""


def gaps_modelled(train: np.ndarray, test: np.ndarray, seed: int) -> Scores:
    """surjax's model `tabular` at its defaults, of rows with gaps."""
    density = FlowDensity(missing="model", random_state=seed).fit(train)
    filled = density.impute(test, draws=DRAWS, random_state=seed).mean(0)
    return _bounds(density.flow_, test, seed), filled, density.n_steps_


def filled_with_means(train: np.ndarray, test: np.ndarray, seed: int) -> Scores:
    """The same model of rows whose gaps are filled with the means of their columns.

    What it says of the cells that are present is its marginal, which is bounded as that of the other is:
    by draws of what is missing, from a q that is fitted to this model, the model itself being left as it is.
    """
    means = np.nanmean(train, 0)
    density = FlowDensity(random_state=seed).fit(np.where(np.isnan(train), means, train))
    flow = marginalized(density.flow_, train, seed)
    return _bounds(flow, test, seed), np.where(np.isnan(test), means, test), density.n_steps_


METHODS = {"surjax": gaps_modelled, "mean": filled_with_means}


def _bounds(flow: Flow, test: np.ndarray, seed: int) -> dict[int, np.ndarray]:
    return {k: scores_of(flow, test, num_samples=k, key=jax.random.key(seed)) for k in SAMPLES}


def marginalized(flow: Flow, x: np.ndarray, seed: int) -> Flow:
    """A model of whole rows as one of rows with gaps, with q fitted to rows x, (rows, columns) with NaN."""
    kinds = {f"x{i}": "numeric" for i in range(x.shape[1])}
    schema = Table.from_array(x, "x", kinds=kinds, missing="model").schema
    first, second, key = jax.random.split(jax.random.key(seed), 3)
    assert isinstance(flow.transform, Chain)
    standardize, *rest = flow.transform.transforms
    inside = standardize_of(flow)
    assert inside is not None
    rows = jax.numpy.asarray(inside.enter(x))
    gaps, _ = eqx.filter_jit(imputed(schema, first).initialize)(rows, second)
    model = entered(Flow(flow.base, Chain(standardize, gaps, *rest)))

    def loss(params: Any, static: Any, batch: Any, key: Any) -> Any:
        q = eqx.combine(params, static)
        whole = eqx.tree_at(lambda flow: flow.transform.transforms[1], model, q)
        return -whole.log_prob(batch, key).mean()

    params, static = partition(gaps)
    optimizer = optax.adam(optax.cosine_decay_schedule(1e-3, STEPS))

    def step(carry: Any, key: Any) -> tuple[Any, None]:
        params, state = carry
        choose, draw = jax.random.split(key)
        batch = rows[jax.random.choice(choose, len(rows), (min(BATCH, len(rows)),), replace=False)]
        gradient = jax.grad(loss)(params, static, batch, draw)
        updates, state = optimizer.update(gradient, state, params)
        return (optax.apply_updates(params, updates), state), None

    train = eqx.filter_jit(lambda carry, keys: jax.lax.scan(step, carry, keys)[0])
    params, _ = train((params, optimizer.init(params)), jax.random.split(key, STEPS))
    fitted = eqx.tree_at(lambda flow: flow.transform.transforms[1], model, eqx.combine(params, static))
    return entered(fitted, False)


def iterative_imputer(x: np.ndarray, whole: np.ndarray, splits: Any, spread: np.ndarray) -> float:
    """The error of scikit-learn's IterativeImputer, a linear regression of each column on the others."""
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer

    errors = []
    for train, test in splits:
        filled = IterativeImputer(max_iter=50, random_state=0).fit(x[train]).transform(x[test])
        errors.append(((filled - whole[test]) / spread)[np.isnan(x[test])])
    return float(np.sqrt((np.concatenate(errors) ** 2).mean()))


if __name__ == "__main__":
    main()
