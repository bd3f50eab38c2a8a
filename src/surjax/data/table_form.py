"""What a row of a table is."""

import dataclasses
from typing import Any, ClassVar

from surjax.data.column import Column, Schema, schema_from_json, schema_to_json
from surjax.data.form import Form
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
        """Whether no column is numeric."""
        return all(column.kind != "numeric" for column in self.columns)

    @property
    def planar(self) -> bool:
        """Whether there are two numeric columns, so that densities can be drawn on the plane."""
        return [column.kind for column in self.columns] == ["numeric", "numeric"]

    def to_json(self) -> list[dict[str, Any]]:
        """Return the columns as plain dicts."""
        return schema_to_json(self.columns)

    @classmethod
    def from_json(cls, content: Any) -> "TableForm":
        """Rebuild what `to_json` gave; DataError where an entry does not describe a column."""
        return cls(schema_from_json(content))
