"""The table docs/which-model-measured.md, from what `which_model.py` measured."""

from importlib.metadata import version

from tables_report import grid

PAGE = """\
Log-likelihood in nats a row on the test part (mean ± standard error over its rows, higher is better), the
best of each data set in bold; where columns are rounded to fixed decimals it is the probability of the row
as it is written, and not a density. Seconds are compilation + training. One training each, of {minutes:g}
minutes at most or until the model's own settings end it. Written by

```text
{command}
```

on {date}: {cpu}, {cores} cores, Python {python}, surjax {surjax}, jax {jax}. The machine's load average was
{load_before:.1f} before the start and {load_after:.1f} at the end.

{table}
"""


def markdown(results: dict) -> str:
    """The table and how it was measured, from what `which_model.json` holds."""
    return PAGE.format(
        **results["machine"],
        minutes=results["minutes"],
        command=results["command"],
        surjax=version("surjax"),
        jax=version("jax"),
        table=rows_table(results["rows"]),
    )


def rows_table(rows: list[dict]) -> str:
    """A line a training, those of one data set beside each other."""
    best = {
        data: max(likelihood(row) for row in rows if row["data"] == data)
        for data in {row["data"] for row in rows}
    }
    lines = [
        [
            row["data"],
            f"`{row['model']}`",
            score(row, bold=likelihood(row) == best[row["data"]]),
            "exact" if row["test"]["exact"] else f"bound, K = {row['test']['num_samples']}",
            row["test"]["measure"],
            f"{row['test']['n']:,}",
            f"{row['compile_seconds']:.1f} + {row['train_seconds']:.1f}",
            row["stopped"],
            f"{row['parameters']:,}",
        ]
        for row in rows
    ]
    header = ["data", "model", "nats a row", "number", "of", "test rows", "seconds", "ended by", "parameters"]
    return grid(header, lines, numbers=len(header) - 2)


def likelihood(row: dict) -> float:
    """The mean log-likelihood of a row of the results, −∞ where the model gives an example no density."""
    mean = row["test"]["log_likelihood_nats"]
    return float("-inf") if mean is None else mean


def score(row: dict, bold: bool) -> str:
    """Mean ± standard error, or what stands in its place where the mean is not finite."""
    if row["test"]["log_likelihood_nats"] is None:
        return f"−∞ ({row['test']['zero_density']} rows without density)"
    mean, error = row["test"]["log_likelihood_nats"], row["test"]["standard_error_nats"]
    text = f"{mean:.2f}".replace("-", "−") if abs(mean) >= 10 else f"{mean:.3f}".replace("-", "−")
    text = f"**{text}**" if bold else text
    return f"{text} ± {error:.2f}" if abs(mean) >= 10 else f"{text} ± {error:.3f}"
