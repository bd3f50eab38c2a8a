"""The report of a study of images: its tables, and a page with curves and samples in one file."""

import base64
import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import NamedTuple

from surjax.files import write_atomically
from surjax.runs.curves import curves
from surjax.runs.run import SAMPLES, Run
from surjax.studies.image_row import Row
from surjax.studies.image_summary import Gain, Mean, gains, means
from surjax.studies.image_systems import Study
from surjax.studies.sampling_time import DRAWN

PAGE = Template("""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$title</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } th, td { padding: .25rem .7rem; border-bottom: 1px solid #ddd; }
td + td { text-align: right; } figure { display: inline-block; margin: .5rem; } img { max-width: 100%; }
</style>
<h1>$title</h1>
$tables
<h2>Validation while training</h2>
<img alt="validation bits/dim over minutes of training" src="data:image/png;base64,$curves">
<h2>Samples</h2>
$samples
</html>
""")

HEADER = (
    "model",
    "seed",
    "bits/dim",
    "paper",
    "the study's own",
    "kind",
    "parameters",
    "steps",
    "images seen",
    "images/s",
    "minutes",
    "s/image drawn",
)
MEANS = ("model", "bits/dim", "deviation over seeds", "seeds")
GAINS = ("pair", "seed", "bits/dim")


class Table(NamedTuple):
    """A table under a heading, with paragraphs before it; lines of cells, all of them text."""

    heading: str
    paragraphs: Sequence[str]
    header: Sequence[str]
    lines: Sequence[Sequence[str]]


def write_report(study: Study, folder: Path, rows: Sequence[Row], runs: Mapping[str, Run]) -> None:
    """Write results.md, the tables, and report.html, one file that needs no other.

    The runs are those of the rows, by the names that their curves and samples get. Raises SurjaxError where
    the files cannot be written.
    """
    tables = _tables(study, rows)
    with write_atomically(folder / "results.md") as path:
        path.write_text("\n\n".join(map(_markdown, tables)) + "\n", encoding="utf-8")
    page = PAGE.substitute(
        title=html.escape(f"{study.title} on {_source(runs)}"),
        tables="\n".join(map(_html, tables)),
        curves=base64.b64encode(curves({name: run.folder for name, run in runs.items()})).decode(),
        samples="\n".join(_samples(name, run) for name, run in runs.items()),
    )
    with write_atomically(folder / "report.html") as path:
        path.write_text(page, encoding="utf-8")


def _tables(study: Study, rows: Sequence[Row]) -> list[Table]:
    """What there is to tell: the rows, the means over seeds and the gains."""
    tables = [Table("", (study.question, _protocol(rows), *study.notes), HEADER, [_cells(r) for r in rows])]
    if averaged := means(rows):
        lines = [[m.model, _bits(m), f"{m.deviation_bits_per_dim:.3f}", str(m.seeds)] for m in averaged]
        told = "The ± of a mean is that over the test images, which are the same for every seed."
        tables.append(Table("Means over seeds", (told,), MEANS, lines))
    if gained := gains(study.pairs, rows):
        lines = [[g.pair, "mean" if g.seed is None else str(g.seed), _bits(g, "+")] for g in gained]
        told = (
            "The ± takes the errors of the two systems as independent. They are measured on the same images, "
            "and those that are hard for one are mostly hard for the other, so that it tends to be too large."
        )
        tables.append(Table(study.gain, (told,), GAINS, lines))
    return tables


def _protocol(rows: Sequence[Row]) -> str:
    """What all rows have in common, in a few sentences."""
    first, seeds = rows[0], sorted({row.seed for row in rows})
    told = (
        f"Scale {first.scale}; {first.test_images:,} test images ({first.split}), measured once; "
        f"{first.dtype} on {first.device}; seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}. "
        "The state with the best validation loss is measured. A bound is an upper bound of the bits that the "
        f"images take. Drawing is timed over {DRAWN} images, compilation apart."
    )
    if first.scale != "paper":
        told += " The published figures are of models of the papers' size."
    return told


def _source(runs: Mapping[str, Run]) -> str:
    return Path(next(iter(runs.values())).record.settings.source).name


def _bits(measured: Row | Mean | Gain, sign: str = "") -> str:
    """bits/dim with their standard error."""
    return f"{measured.bits_per_dim:{sign}.3f} ± {measured.standard_error_bits_per_dim:.3f}"


def _cells(row: Row) -> list[str]:
    kind = f"bound, {row.importance_samples} sample{'s' * (row.importance_samples > 1)}"
    return [
        row.model,
        str(row.seed),
        _bits(row),
        _published(row.paper_bits_per_dim),
        _published(row.study_bits_per_dim),
        kind if row.bound else "exact",
        f"{row.parameters:,}",
        f"{row.steps:,}",
        f"{row.images_seen:,}",
        f"{row.images_per_second:,.1f}",
        f"{row.train_seconds / 60:.1f}",
        f"{row.sampling_seconds_an_image:.3g}",
    ]


def _published(bits_per_dim: float | None) -> str:
    return "–" if bits_per_dim is None else f"{bits_per_dim:.2f}"


def _markdown(table: Table) -> str:
    lines = [table.header, ["---", *["---:"] * (len(table.header) - 1)], *table.lines]
    text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    heading = [f"## {table.heading}"] if table.heading else []
    return "\n\n".join([*heading, *table.paragraphs, text])


def _html(table: Table) -> str:
    heading = [f"<h2>{html.escape(table.heading)}</h2>"] if table.heading else []
    paragraphs = [f"<p>{html.escape(paragraph)}</p>" for paragraph in table.paragraphs]
    head = "".join(f"<th>{html.escape(name)}</th>" for name in table.header)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>" for line in table.lines
    )
    return "\n".join([*heading, *paragraphs, f"<table><tr>{head}</tr>{body}</table>"])


def _samples(name: str, run: Run) -> str:
    picture = base64.b64encode((run.folder / SAMPLES).read_bytes()).decode()
    caption = html.escape(name)
    return (
        f'<figure><img alt="samples of {caption}" src="data:image/png;base64,{picture}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )
