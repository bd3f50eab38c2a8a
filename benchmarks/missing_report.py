"""The table docs/missing-measured.md, from what `missing.py` measured."""

from importlib.metadata import version

from tables_report import grid, plus_minus

PAGE = """\
Held-out log-likelihood of the cells that are present, in nats a row: of {folds} folds, each scored by a model
that has not seen it, lower bounds of {samples[1]} importance samples, mean ± standard error over the rows. In
brackets what it is with {samples[0]}. Where there are several seeds, of gaps, folds and methods, a row counts
by the mean of its scores; the gain of each is in benchmarks/missing.json.

{likelihoods}

Root mean squared error of the cells that were hidden from the test rows, in standard deviations of their
columns. surjax's is that of the mean of {draws} draws.

{errors}

Written by

```text
{command}
```

on {date}: {cpu}, {cores} cores, Python {python}, surjax {surjax}, jax {jax}. The machine's load average was
{load_before:.1f} before the start and {load_after:.1f} at the end; fitting and scoring a fold took
{seconds:.0f} seconds in the mean.
"""


def markdown(results: dict) -> str:
    """The tables and how they were measured, from what `missing.json` holds."""
    rows, first, last = results["rows"], *map(str, results["samples"])
    seconds = [s for row in rows for s in row["methods"]["surjax"]["seconds"]]
    return PAGE.format(
        **results["machine"],
        **{name: results[name] for name in ("folds", "samples", "draws", "command")},
        surjax=version("surjax"),
        jax=version("jax"),
        seconds=sum(seconds) / len(seconds),
        likelihoods=likelihood_table(rows, first, last, results["folds"]),
        errors=error_table(rows),
    )


def _name(row: dict) -> list[str]:
    return [f"{row['name']}, {row['size'][0]:,} × {row['size'][1]}", f"{row['share']:.0%}"]


def likelihood_table(rows: list[dict], first: str, last: str, folds: int) -> str:
    """A line for each table and share of missing cells."""
    header = ["table", "missing", "seeds", "surjax, gaps modelled", "surjax, gaps filled with means"]
    header.append("gain (folds)")
    lines = []
    for row in rows:
        likelihoods = [row["methods"][method]["likelihood"] for method in ("surjax", "mean")]
        told = [f"{plus_minus(of[last])} ({of[first]['mean']:.2f})" for of in likelihoods]
        seeds = row.get("seeds", [0])
        gain = f"{plus_minus(row['gain'])} ({row['gain']['folds_won']} of {folds * len(seeds)})"
        lines.append([*_name(row), str(len(seeds)), *told, gain])
    return grid(header, lines)


def error_table(rows: list[dict]) -> str:
    """The errors of what was imputed, a line for each table and share of missing cells."""
    header = ["table", "missing", "surjax", "mean imputation", "IterativeImputer"]
    lines = [
        [
            *_name(row),
            *(f"{row['methods'][method]['rmse']:.3f}" for method in ("surjax", "mean")),
            f"{row['iterative_rmse']:.3f}",
        ]
        for row in rows
    ]
    return grid(header, lines)
