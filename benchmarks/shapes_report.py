"""The page docs/shapes.md, written from what `shapes.py` measured."""

from importlib.metadata import version

from tables_report import grid

PAGE = """\
# Tables of awkward shapes

How likely rows that they have not seen are to surjax's model of tables, `tabular`, at its defaults, and to
scikit-learn's mixture of normals with the lowest BIC, on tables that are drawn with a known truth: the mean
log-probability in nats a row, higher is better, and by how much it is below the truth, ± its standard error
over {test:,} test rows. `python benchmarks/shapes.py` measures it and writes this page.

Measured on {date}: {cpu}, {cores} cores, Python {python}, {versions}, float32, seed {seed}.

{scores}

- The number of a row is the probability of its cell: of the values that are written alike, to six decimals
  where a column is not rounded. A density counts as the density times the cell, so that atoms, rounded
  numbers and densities compare. Of a doubled column and of few distinct rows no density is the truth, and
  the nearer one is the one with the narrower spikes; one that is narrower than a cell makes the product
  greater than the cell's probability, and so the number greater than the truth.
- surjax's number is a lower bound where a column has atoms or steps, of {draws} importance samples. It sets
  15 % of the rows that it is given aside to find how long to train. Bounds are told to it where the table has
  them (`--bounds`).
- GaussianMixture: columns standardised, covariance full, tied, diagonal or spherical, up to 50 components and
  one for 20 rows; of a rounded column its density is averaged over the cell.

{about}

## A large offset

A time stamp of 1.6·10⁹ with a standard deviation of 300 s beside a column that follows it, 2,000 rows: mean
held-out log-likelihood less that of the same table with the stamps centred, in nats, each trained on its
table for 500 steps: {offsets}.
"""


def markdown(results: dict) -> str:
    """The page, from what `shapes.json` holds."""
    tables = results["tables"]
    methods = list(tables[0]["methods"])
    header = ["nats a row", "size", "truth", *(f"{what}{m}" for m in methods for what in ("", "below it: "))]
    rows = [
        [table["name"], f"{table['rows']:,} × {table['columns']}", f"{table['truth']:.2f}"]
        + [cell for method in methods for cell in _cells(table["methods"][method])]
        for table in tables
    ]
    about = "\n".join(f"- **{table['name']}**: {_small(table['about'])}" for table in tables)
    return PAGE.format(
        **results["machine"],
        test=2000,
        seed=results["seed"],
        draws=results["draws"],
        versions=", ".join(f"{name} {version(name)}" for name in ("surjax", "jax", "scikit-learn")),
        scores=grid(header, rows),
        about=about,
        offsets=", ".join(f"`{found['model']}` {found['difference']:+.4f}" for found in results["offsets"]),
    )


def _cells(result: dict) -> list[str]:
    return [f"{result['mean']:.2f}", f"{result['gap']:.3f} ± {result['error']:.3f}"]


def _small(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
