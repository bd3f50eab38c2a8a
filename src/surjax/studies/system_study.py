"""A study of images that has a row a system."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from surjax.runs import Run
from surjax.studies.image_row import row_of
from surjax.studies.image_systems import Study
from surjax.studies.images_report import write_report
from surjax.studies.sampling_time import with_sampling_time


@dataclasses.dataclass(frozen=True)
class SystemStudy(Study):
    """A study that tells of each system its bits/dim, and how long it takes to train and to draw."""

    def measured(self, run: Run) -> Run:
        """How long an image takes to draw."""
        return with_sampling_time(run)

    def rows_of(self, name: str, run: Run) -> list[Any]:
        """One `SystemRow`."""
        return [row_of(name, self.systems[name], run)]

    def write_report(self, folder: Path, rows: Sequence[Any], runs: Mapping[str, Run]) -> None:
        """Write results.md and report.html."""
        write_report(self, folder, rows, runs)
