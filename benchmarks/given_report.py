"""The table in docs/given.md, written from what `given.py` measured."""

from importlib.metadata import version
from pathlib import Path

from tables_report import gain_table, score_table

BEGIN, END = "<!-- benchmarks/given.py: begin -->\n", "<!-- benchmarks/given.py: end -->\n"
"""What stands around it on the page."""

PART = """\
Measured on {date}: {cpu}, {cores} cores, Python {python}, {versions}, {folds} folds, seed {seed}.

{scores}

How much the conditional model is above each, paired by row, and in how many of the folds:

{gains}
"""


def write_table(results: dict, page: Path) -> None:
    """Put the table between its two marks on the page."""
    before, _, rest = page.read_text().partition(BEGIN)
    page.write_text(before + BEGIN + markdown(results) + END + rest.partition(END)[2])


def markdown(results: dict) -> str:
    """What stands between the marks."""
    return PART.format(
        **results["machine"],
        folds=results["folds"],
        seed=results["seed"],
        versions=", ".join(f"{name} {version(name)}" for name in ("surjax", "jax")),
        scores=score_table(results["tables"]),
        gains=gain_table(results["tables"], results["folds"]),
    )
