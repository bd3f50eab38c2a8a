"""What a row of a table is."""

import dataclasses
import math
from typing import Any, ClassVar

import numpy as np

from surjax.data.column import Column, Schema, schema_from_json, schema_to_json
from surjax.data.form import GIVEN, Form, not_of_form
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
    given: Schema = ()
    given_at: tuple[int, ...] = ()
    """The places of the columns that are given among all columns of a file."""
    gaps: bool = False
    """Whether cells of a row may be missing."""

    @classmethod
    def plain(cls, dim: int) -> "TableForm":
        """That of vectors of `dim` numbers whose columns have no names: they are called x0, x1, …."""
        return cls(tuple(Column(f"x{i}", "numeric") for i in range(dim)))

    def __str__(self) -> str:
        given = f" given {len(self.given)}" if self.given else ""
        return f"{len(self.columns)} columns{given}"

    @property
    def shape(self) -> Shape:
        """One number a column, categories by their codes."""
        return (len(self.columns),)

    @property
    def names(self) -> list[str]:
        """What the columns are called."""
        return [column.name for column in self.columns]

    @property
    def whole(self) -> Schema:
        """All columns in the order of a file, those that are given among them."""
        given, modelled = dict(zip(self.given_at, self.given, strict=True)), iter(self.columns)
        return tuple(given.get(i) or next(modelled) for i in range(len(self.columns) + len(given)))

    def whole_rows(self, values: np.ndarray, context: np.ndarray) -> np.ndarray:
        """The rows of all columns: values (rows, columns), and the context (rows, given) in its places."""
        given = np.isin(np.arange(len(self.whole)), self.given_at)
        rows = np.empty((len(values), len(given)), np.result_type(values, context))
        rows[:, given], rows[:, ~given] = context, values
        return rows

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

    def entry(self) -> dict[str, Any]:
        """The entries of run.json: the columns, and where some are given these and their places."""
        return super().entry() | ({"given_at": list(self.given_at)} if self.given else {})

    @classmethod
    def from_entry(cls, fields: dict[str, Any]) -> "TableForm":
        """Rebuild what `entry` gave; DataError where it does not describe a table, KeyError without it."""
        form, at = cls.from_json(fields[cls.key]), fields.get("given_at", [])
        given = schema_from_json(fields[GIVEN]) if GIVEN in fields else ()
        columns = len(form.columns) + len(given)
        places = sorted(at) if isinstance(at, list) and all(i in range(columns) for i in at) else []
        if len(set(places)) != len(given) or len(places) != len(given):
            raise not_of_form("the columns that are given", at)
        return dataclasses.replace(form, given=given, given_at=tuple(places))

    @classmethod
    def from_json(cls, content: Any) -> "TableForm":
        """Rebuild what `to_json` gave; DataError where an entry does not describe a column."""
        if not isinstance(content, dict):
            return cls(schema_from_json(content))
        if content.keys() != {"columns", "missing"} or content["missing"] != "model":
            raise not_of_form("the columns of a table", content)
        return cls(schema_from_json(content["columns"]), gaps=True)
