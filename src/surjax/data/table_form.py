"""What a row of a table is."""

import dataclasses
import math
from typing import Any, ClassVar

import numpy as np

from surjax.data.column import Column, Schema, schema_from_json, schema_to_json
from surjax.data.form import Form, not_of_form
from surjax.data.told import told_columns
from surjax.typing import Shape


@dataclasses.dataclass(frozen=True)
class TableForm(Form):
    """The columns of a row, in the order of its numbers.

    >>> form = TableForm.plain(2)
    >>> form.shape, form.planar, form.told
    ((2,), True, 'a table of 2 columns')
    """

    key: ClassVar[str] = "schema"
    word: ClassVar[str] = "row"
    medium: ClassVar[str] = "a table"
    modelled: ClassVar[str] = "vectors"

    columns: Schema
    gaps: bool = False
    """Whether cells of a row may be missing."""

    @classmethod
    def plain(cls, dim: int) -> "TableForm":
        """That of vectors of `dim` numbers whose columns have no names: they are called x0, x1, …."""
        return cls(tuple(Column(f"x{i}", "numeric") for i in range(dim)))

    def __str__(self) -> str:
        return f"{len(self.columns)} columns"

    @property
    def shape(self) -> Shape:
        """One number a column, categories by their codes."""
        return (len(self.columns),)

    @property
    def names(self) -> list[str]:
        """What the columns are called."""
        return [column.name for column in self.columns]

    @property
    def discrete(self) -> bool:
        """Whether the values of all columns have probabilities: none has a density."""
        return all(column.discrete for column in self.columns)

    @property
    def mixed(self) -> bool:
        """Whether it depends on the row how many of its numbers have a density: some columns have atoms, or
        cells may be missing."""
        return self._with_atoms or (self.gaps and not self.discrete)

    @property
    def _with_atoms(self) -> bool:
        return any(column.atoms and not column.discrete for column in self.columns)

    @property
    def measure(self) -> str:
        """What the likelihood of a row is, in words."""
        whole = len(self.columns)
        densities = sum(not column.discrete for column in self.columns)
        present = ", of the cells that are present" if self.gaps else ""
        if self.discrete:
            return f"a probability{present}"
        of = "a density" if densities == whole else f"a density of {densities} of its {whole} numbers"
        rest = "" if densities == whole else ", a probability of the others"
        atoms = ", and a probability of those at an atom" if self._with_atoms else ""
        return of + rest + atoms + present

    @property
    def remarks(self) -> list[str]:
        """Which columns have atoms or steps, that were recognised; and that cells may be missing."""
        gaps = [
            "cells may be missing: a likelihood is that of the cells that are present, and where some are "
            "missing a lower bound, under which whether one is missing says nothing of its value."
        ]
        return told_columns(self.columns) + gaps * self.gaps

    def continuous(self, values: np.ndarray) -> np.ndarray:
        """How many numbers of each row have a density: those at an atom have a probability, and missing ones
        neither."""
        count = np.zeros(len(values), np.int64)
        for i, column in enumerate(self.columns):
            if not column.discrete:
                atoms = np.asarray(column.atoms, values.dtype)
                slack = 4 * np.finfo(values.dtype).eps * np.abs(atoms)
                at_atom = (np.abs(values[:, i, None] - atoms) <= slack).any(1)
                count += ~at_atom & ~np.isnan(values[:, i])
        return count

    @property
    def planar(self) -> bool:
        """Whether there are two numeric columns without atoms, so that the density can be drawn."""
        return len(self.columns) == 2 and all(c.kind == "numeric" and not c.atoms for c in self.columns)

    @property
    def cell(self) -> float:
        """The volume of the cells that its steps make, 1 without any: a probability over it is a density."""
        return math.prod(column.step or 1.0 for column in self.columns)

    def to_json(self) -> list[dict[str, Any]] | dict[str, Any]:
        """Return the columns as plain dicts; where cells may be missing, in a dict that says so."""
        columns = schema_to_json(self.columns)
        return {"columns": columns, "missing": "model"} if self.gaps else columns

    @classmethod
    def from_json(cls, content: Any) -> "TableForm":
        """Rebuild what `to_json` gave; DataError where an entry does not describe a column."""
        if not isinstance(content, dict):
            return cls(schema_from_json(content))
        if content.keys() != {"columns", "missing"} or content["missing"] != "model":
            raise not_of_form("the columns of a table", content)
        return cls(schema_from_json(content["columns"]), gaps=True)
