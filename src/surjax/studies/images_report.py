"""The report of a study of images: its tables, and a page with curves and samples in one file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from surjax.pictures.curves import curves
from surjax.runs.run import Run
from surjax.studies.image_row import SystemRow
from surjax.studies.image_summary import Gain, Mean, gains, means
from surjax.studies.image_systems import Study
from surjax.studies.page import Table, figure, heading, html_table, image, write_page, write_tables
from surjax.studies.sampling_time import DRAWN

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


def write_report(study: Study, folder: Path, rows: Sequence[SystemRow], runs: Mapping[str, Run]) -> None:
    """Write results.md, the tables, and report.html, one file that needs no other.

    The runs are those of the rows, by the names that their curves and samples get. Raises SurjaxError where
    the files cannot be written.
    """
    tables = _tables(study, rows)
    write_tables(folder / "results.md", tables)
    minutes = curves({name: run.folder for name, run in runs.items()})
    parts = [
        *map(html_table, tables),
        heading("Validation while training"),
        image(minutes, "validation bits/dim over minutes of training"),
        heading("Samples"),
        *(samples(name, run) for name, run in runs.items()),
    ]
    write_page(folder / "report.html", title(study, runs), parts)


def title(study: Study, runs: Mapping[str, Run]) -> str:
    """The title of a study's report: what it is of, and on which images."""
    return f"{study.title} on {Path(next(iter(runs.values())).record.settings.source).name}"


def samples(name: str, run: Run) -> str:
    """The picture of a run's samples in a page, as its training drew it."""
    return figure((run.folder / str(run.modality.result_picture)).read_bytes(), f"samples of {name}", name)


def protocol(rows: Sequence[Any]) -> str:
    """What all rows of a study have in common, in a few sentences.

    The rows are those of results.json, which have scale, test_images, split, dtype, device and seed.
    """
    first, seeds = rows[0], sorted({row.seed for row in rows})
    return (
        f"Scale {first.scale}; {first.test_images:,} test images ({first.split}), measured once; "
        f"{first.dtype} on {first.device}; seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}. "
        "The state with the best validation loss is measured. A bound is an upper bound of the bits that the "
        f"images take. Drawing is timed over {DRAWN} images, compilation apart."
    )


def kind(row: Any) -> str:
    """Whether a row's number is exact, or a bound of how many importance samples, in words."""
    drawn = row.importance_samples
    return f"bound, {drawn} sample{'s' * (drawn > 1)}" if row.bound else "exact"


def published(bits_per_dim: float | None, digits: int = 2) -> str:
    """A published figure as text; a dash where there is none."""
    return "–" if bits_per_dim is None else f"{bits_per_dim:.{digits}f}"


def _tables(study: Study, rows: Sequence[SystemRow]) -> list[Table]:
    """What there is to tell: the rows, the means over seeds and the gains."""
    told = protocol(rows)
    if rows[0].scale != "paper":
        told += " The published figures are of models of the papers' size."
    tables = [Table("", (study.question, told, *study.notes), HEADER, [_cells(row) for row in rows])]
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


def _bits(measured: SystemRow | Mean | Gain, sign: str = "") -> str:
    """bits/dim with their standard error."""
    return f"{measured.bits_per_dim:{sign}.3f} ± {measured.standard_error_bits_per_dim:.3f}"


def _cells(row: SystemRow) -> list[str]:
    return [
        row.model,
        str(row.seed),
        _bits(row),
        published(row.paper_bits_per_dim),
        published(row.study_bits_per_dim),
        kind(row),
        f"{row.parameters:,}",
        f"{row.steps:,}",
        f"{row.images_seen:,}",
        f"{row.images_per_second:,.1f}",
        f"{row.train_seconds / 60:.1f}",
        f"{row.sampling_seconds_an_image:.3g}",
    ]
