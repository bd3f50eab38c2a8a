"""Tables: rows of numbers and categories."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from surjax.data import Form, TableConfig, TableForm, write_table
from surjax.data.export import SUFFIXES as DOCUMENTS
from surjax.data.whole_numbers import within_range
from surjax.flow import Flow
from surjax.modalities.modality import Draw, Modality, Subject
from surjax.models.base import VectorModel
from surjax.pictures.density import draw_density, draw_rows
from surjax.pictures.figures import SUFFIXES as FIGURES


class TableModality(Modality):
    """Tables, whose models are of vectors.

    A model of two numeric columns is drawn as its density over the plane; samples are rows with the columns
    of the data.
    """

    models: ClassVar = VectorModel
    data: ClassVar = TableConfig
    suffixes: ClassVar[tuple[str, ...]] = DOCUMENTS + FIGURES
    num_samples: ClassVar[int] = 64
    """With so many the ranks of rows are nearly those that any number gives, see docs/data.md."""
    result_picture: ClassVar[str | None] = "density.png"
    draws_density: ClassVar[bool] = True

    def draws_result(self, form: Form) -> bool:
        """Whether there are two numeric columns."""
        return TableForm.require(form, "the model").planar

    def draw(self, subject: Subject, path: Path) -> None:
        """The density beside the data."""
        self.draw_density(subject._replace(seed=0), path)

    def draw_density(
        self,
        subject: Subject,
        path: Path,
        *,
        points: int = 400,
        num_samples: int = 1,
        given: np.ndarray | None = None,
    ) -> dict[str, Any]:
        """Over the plane beside the data, or the marginals of samples against the data's."""
        return draw_density(
            subject.flow,
            TableForm.require(subject.form, subject.title),
            subject.splits.train,
            path,
            titles=(subject.model.name, subject.title),
            points=points,
            num_samples=num_samples,
            seed=subject.seed,
            given=given,
        )

    def write_samples(self, flow: Flow, form: Form, path: Path, draw: Draw, sizes: bool) -> dict[str, Any]:
        """A table with the columns of the data, those that are given among them, or a picture of those that
        are modelled; whole numbers are kept in their range."""
        columns = TableForm.require(form, "the model")
        rows, moved = within_range(np.asarray(self.draw_samples(flow, form, draw)), columns.columns)
        context = self.context(draw)
        if path.suffix.lower() in FIGURES:
            draw_rows(rows, columns, path)
        else:
            whole = rows if context is None else columns.whole_rows(rows, context)
            write_table(path, whole, columns.whole)
        return {"n": len(rows), "moved_into_range": moved}
