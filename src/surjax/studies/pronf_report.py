"""The report of the progressive flow's study: its tables, and a page with its pictures in one file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from surjax.files import write_atomically
from surjax.json_text import json_text
from surjax.runs.run import CURVE, Run
from surjax.studies.image_systems import Study
from surjax.studies.images_report import samples, title
from surjax.studies.page import figure, heading, html_table, write_page, write_tables
from surjax.studies.pronf_pictures import DRAWS, QUALITY, sizes_picture, stage_picture
from surjax.studies.pronf_row import StageRow
from surjax.studies.pronf_tables import printed_table, quality_table, sizes, stages_table
from surjax.studies.sampling_time import DRAWN, SECONDS

QUALITIES = "results_super_resolution.json"
"""The file that says how near super-resolution comes to the true images: an object a run and stage."""


def write_report(study: Study, folder: Path, rows: Sequence[StageRow], runs: Mapping[str, Run]) -> None:
    """Write results_super_resolution.json; results.md, the tables; and report.html, one file with all.

    The runs are those of the rows, by the names that their pictures get. Raises SurjaxError where the files
    cannot be written.
    """
    measured = {name: run.record.result.more[QUALITY] for name, run in runs.items()}
    _write_qualities(folder / QUALITIES, measured, runs)
    tables = [stages_table(study, rows), printed_table(), quality_table(measured)]
    write_tables(folder / "results.md", tables)
    parts = [*map(html_table, tables), heading("Super-resolution of test images, by each stage")]
    for name, run in runs.items():
        parts += [_stage_figure(name, run, found) for found in measured[name]]
    parts.append(heading("Samples at all sizes"))
    parts += [_sizes_figure(name, run) for name, run in runs.items()]
    parts.append(heading("Validation of the stages while training"))
    parts += [_curves_figure(name, run) for name, run in runs.items()]
    parts.append(heading("Samples"))
    parts += [samples(name, run) for name, run in runs.items()]
    write_page(folder / "report.html", title(study, runs), parts)


def _write_qualities(
    path: Path, measured: Mapping[str, Sequence[dict[str, Any]]], runs: Mapping[str, Run]
) -> None:
    found = [
        {"run": name, "scale": runs[name].record.settings.preset, "split": "test", **each}
        for name, stages in measured.items()
        for each in stages
    ]
    with write_atomically(path) as temporary:
        temporary.write_text(json_text(found, indent=1), encoding="utf-8")


def _stage_figure(name: str, run: Run, found: dict[str, Any]) -> str:
    caption = f"{name}, {sizes(found)}"
    shown = f"the input, bicubic interpolation, samples, the mean of {DRAWS} and the truth, a row an image"
    return figure(stage_picture(run, found["to"]).read_bytes(), f"{caption}: {shown}", caption)


def _sizes_figure(name: str, run: Run) -> str:
    seconds = DRAWN * run.record.result.more[SECONDS]
    caption = f"{name}: {DRAWN} images were drawn in {seconds:.3g} s, compilation apart"
    return figure(sizes_picture(run).read_bytes(), f"samples of {name} at all sizes, side by side", caption)


def _curves_figure(name: str, run: Run) -> str:
    alt = f"validation bits/dim over minutes of training of {name}, a line a stage"
    caption = f"{name}; bits/dim are those of the image that the stage makes"
    return figure((run.folder / CURVE).read_bytes(), alt, caption)
