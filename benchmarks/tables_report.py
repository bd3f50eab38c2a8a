"""The page docs/tables.md, written from what `tables.py` measured."""

from importlib.metadata import version

PAGE = """\
# Real tables

How likely rows that it has not seen are to surjax's model of tables, `tabular`, at its defaults, and to
scikit-learn's two density estimators: the mean log-likelihood in nats a row, higher is better, ± its
standard error. `make bench` measures it and writes this page; benchmarks/tables.json holds every fold.

Measured on {date}: {cpu}, {cores} cores, Python {python}, {versions}.
The machine's load average was {load_before:.1f} before the start and {load_after:.1f} at the end; the
seconds below depend on it.

{scores}

How much surjax is above each, paired by row, and in how many of the folds:

{gains}

## What is measured

- Each table's rows are shuffled once (seed {seed}) and cut into {folds} folds. Each method is fitted to the
  rows outside a fold and scores those inside it; whatever it selects, it selects on the rows that it is
  fitted to. Where the folds are not of one size, one row is left out of the larger training sets, for all
  methods. The standard error is that of the mean over all rows.
- All numbers are log-densities in the data's own units.
- **Columns of codes have no density.** To the pixels of digits (integers from 0 to 16) and to the sex in
  diabetes (two codes) noise is added that is uniform on [0, 1). The expected log-density of such a row is a
  lower bound on the log-probability of its codes (Theis et al. 2016). All methods are given the same noise,
  in training and in test rows; a pixel that is always 0 is then uniform, and adds nothing to a perfect
  density. The other columns are taken as they are, diabetes without scikit-learn's scaling.
- **surjax**: `surjax.sklearn.FlowDensity()` with no setting of its own for any table. It sets 15 % of
  the rows that it is given aside to find how long to train, then trains on all of them.
- **GaussianMixture**: columns standardised; the covariance (full, tied, diagonal or spherical) and the number
  of components, up to one for 20 rows and to 50, with the lowest BIC; three starts each.
- **KernelDensity**: columns standardised; Gaussian kernels, whose bandwidth is the best of 42 between 0.05
  and 3 in five-fold cross-validation.

## What was selected

{selected}
"""


def markdown(results: dict) -> str:
    """The page, from what `tables.json` holds."""
    tables = results["tables"]
    return PAGE.format(
        **results["machine"],
        folds=results["folds"],
        seed=results["seed"],
        versions=", ".join(f"{name} {version(name)}" for name in ("surjax", "jax", "scikit-learn")),
        scores=score_table(tables),
        gains=gain_table(tables, results["folds"]),
        selected=selection_table(tables),
    )


def score_table(tables: list[dict]) -> str:
    """Each method's mean log-likelihood on each table."""
    methods = list(tables[0]["methods"])
    rows = [
        [table["name"], f"{table['rows']:,} × {table['columns']}"]
        + [plus_minus(table["methods"][method]) for method in methods]
        for table in tables
    ]
    return grid(["nats a row", "size", *methods], rows)


def gain_table(tables: list[dict], folds: int) -> str:
    """surjax's mean excess over each other method, on each table."""
    methods = list(tables[0]["gains"])
    rows = [
        [table["name"]]
        + [
            f"{plus_minus(gain)} ({gain['folds_won']} of {folds})"
            for gain in (table["gains"][method] for method in methods)
        ]
        for table in tables
    ]
    return grid(["nats a row", *(f"surjax − {method}" for method in methods)], rows)


def selection_table(tables: list[dict]) -> str:
    """What each method chose in each fold, and how long a fold took it."""
    rows = []
    for table in tables:
        for method, result in table["methods"].items():
            chosen = "; ".join(
                " ".join(f"{item:.2g}" if isinstance(item, float) else str(item) for item in fold.values())
                for fold in result["selected"]
            )
            what = ", ".join(result["selected"][0])
            seconds = sum(result["seconds"]) / len(result["seconds"])
            rows.append([table["name"], method, f"{what}: {chosen}", f"{seconds:.1f}"])
    return grid(["table", "method", "selected in each fold", "seconds a fold"], rows, numbers=1)


def plus_minus(number: dict) -> str:
    """A mean ± its standard error."""
    return f"{number['mean']:.2f} ± {number['error']:.2f}"


def grid(header: list[str], rows: list[list[str]], numbers: int | None = None) -> str:
    """A Markdown table whose last columns, `numbers` of them (all but the first), are set to the right."""
    right = len(header) - 1 if numbers is None else numbers
    rule = ["---"] * (len(header) - right) + ["---:"] * right
    return "\n".join("| " + " | ".join(line) + " |" for line in [header, rule, *rows])
