"""The report of the study of image flows: a table, and a page with curves and samples in one file."""

import base64
import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from surjax.files import write_atomically
from surjax.runs.curves import curves
from surjax.runs.run import SAMPLES, Run

if TYPE_CHECKING:
    from surjax.studies.pooling import Row

PAGE = Template("""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Image flows on $source</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } th, td { padding: .25rem .7rem; border-bottom: 1px solid #ddd; }
td + td { text-align: right; } figure { display: inline-block; margin: .5rem; } img { max-width: 100%; }
</style>
<h1>Image flows on $source</h1>
<p>$protocol</p>
$table
<h2>Validation while training</h2>
<img alt="validation bits/dim over minutes of training" src="data:image/png;base64,$curves">
<h2>Samples</h2>
$samples
</html>
""")

HEADER = (
    "model",
    "bits/dim",
    "paper",
    "the study's own",
    "kind",
    "parameters",
    "steps",
    "images seen",
    "images/s",
    "minutes",
)


def write_report(folder: Path, rows: Sequence["Row"], runs: Mapping[str, Run]) -> None:
    """Write results.md, the table, and report.html, one file that needs no other.

    Raises SurjaxError where they cannot be written.
    """
    cells = [_cells(row) for row in rows]
    with write_atomically(folder / "results.md") as path:
        path.write_text(f"{_protocol(rows)}\n\n{_markdown(cells)}\n", encoding="utf-8")
    page = PAGE.substitute(
        source=html.escape(_source(runs)),
        protocol=html.escape(_protocol(rows)),
        table=_html(cells),
        curves=base64.b64encode(curves({name: run.folder for name, run in runs.items()})).decode(),
        samples="\n".join(_samples(name, run) for name, run in runs.items()),
    )
    with write_atomically(folder / "report.html") as path:
        path.write_text(page, encoding="utf-8")


def _protocol(rows: Sequence["Row"]) -> str:
    """What all rows have in common, in a sentence or two."""
    first = rows[0]
    return (
        f"Scale {first.scale}; {first.test_images:,} test images ({first.split}), measured once; "
        f"{first.dtype} on {first.device}; seed {first.seed}. The state with the best validation loss is "
        "measured. A bound is an upper bound of the bits that the images take."
    )


def _source(runs: Mapping[str, Run]) -> str:
    return Path(next(iter(runs.values())).record.settings.source).name


def _cells(row: "Row") -> list[str]:
    kind = f"bound, {row.importance_samples} sample{'s' * (row.importance_samples > 1)}"
    return [
        row.model,
        f"{row.bits_per_dim:.3f} ± {row.standard_error_bits_per_dim:.3f}",
        f"{row.paper_bits_per_dim:.2f}",
        "–" if row.study_bits_per_dim is None else f"{row.study_bits_per_dim:.2f}",
        kind if row.bound else "exact",
        f"{row.parameters:,}",
        f"{row.steps:,}",
        f"{row.images_seen:,}",
        f"{row.images_per_second:,.1f}",
        f"{row.train_seconds / 60:.1f}",
    ]


def _markdown(cells: Sequence[Sequence[str]]) -> str:
    lines = [HEADER, ["---", *["---:"] * (len(HEADER) - 1)], *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _html(cells: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in HEADER)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>" for line in cells
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _samples(name: str, run: Run) -> str:
    picture = base64.b64encode((run.folder / SAMPLES).read_bytes()).decode()
    caption = html.escape(name)
    return (
        f'<figure><img alt="samples of {caption}" src="data:image/png;base64,{picture}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )
