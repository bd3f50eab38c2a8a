"""What a column of a table holds, as it is stored with a model."""

import dataclasses
from typing import Any, Literal, get_args

from surjax.errors import DataError

Kind = Literal["numeric", "integer", "categorical"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclasses.dataclass(frozen=True)
class Column:
    """One column: its name, its kind, and the values it takes.

    The kind says how a model treats it: "numeric" is modelled as it is, "integer" is dequantised, and
    "categorical" is encoded by the numbers 0 … K − 1 in a table's values and modelled by argmax.

    Attributes:
        name: what it is called in the file.
        kind: "numeric", "integer" or "categorical".
        categories: of a categorical column, in the order of its codes; two or more.
        minimum: of an integer column, the smallest value in the training data.
        maximum: of an integer column, the largest value in the training data.

    Raises:
        DataError: the parts do not fit one another.
    """

    name: str
    kind: Kind
    categories: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None

    def __post_init__(self):
        ranged = self.minimum is not None and self.maximum is not None
        fits = {
            "numeric": not self.categories and self.minimum is None and self.maximum is None,
            "integer": not self.categories and ranged and self.minimum <= self.maximum,  # type: ignore
            "categorical": len(set(self.categories)) == len(self.categories) >= 2,
        }
        if self.kind not in fits:
            raise DataError(
                f"column {self.name!r} cannot be {self.kind!r}: choose one of {', '.join(KINDS)}."
            )
        if not fits[self.kind]:
            raise DataError(
                f"column {self.name!r} is described wrongly: a numeric column has a name alone, an "
                "integer one a minimum and a maximum, a categorical one two or more different categories."
            )

    def to_json(self) -> dict[str, Any]:
        """Return it as a dict of plain values, without what its kind does not have."""
        fields = {"name": self.name, "kind": self.kind}
        if self.kind == "categorical":
            return fields | {"categories": list(self.categories)}
        if self.kind == "integer":
            return fields | {"minimum": self.minimum, "maximum": self.maximum}
        return fields

    @classmethod
    def from_json(cls, fields: Any) -> "Column":
        """Rebuild what `to_json` gave.

        Raises:
            DataError: it is not a dict of that form.

        >>> column = Column("age", "integer", minimum=0, maximum=99)
        >>> Column.from_json(column.to_json()) == column
        True
        """
        try:
            categories = tuple(str(category) for category in fields.get("categories", ()))
            return cls(**{**fields, "categories": categories})
        except (TypeError, AttributeError) as error:
            raise DataError(f"this does not describe a column: {fields!r}.") from error


Schema = tuple[Column, ...]
"""The columns of a table in the order of its values."""


def schema_to_json(schema: Schema) -> list[dict[str, Any]]:
    """Return a schema as a list of plain dicts."""
    return [column.to_json() for column in schema]


def schema_from_json(fields: list[Any]) -> Schema:
    """Rebuild what `schema_to_json` gave.

    Raises:
        DataError: an entry does not describe a column.
    """
    return tuple(Column.from_json(entry) for entry in fields)
