"""What a column of a table holds, as it is stored with a model."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any, Literal, get_args

from surjax.data.lattice import Lattice
from surjax.declared import undeclared
from surjax.errors import DataError

Kind = Literal["numeric", "integer", "categorical"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclasses.dataclass(frozen=True)
class Column:
    """One column: its name, its kind, and the values it takes.

    The kind says how a model treats it: "numeric" is modelled as it is, "integer" is dequantised, and
    "categorical" is encoded by the numbers 0 … K − 1 in a table's values and modelled by argmax. A numeric
    column with a step is dequantised too, and single values, its atoms, may have a probability of their own.

    Attributes:
        name: what it is called in the file.
        kind: "numeric", "integer" or "categorical".
        categories: of a categorical column, in the order of its codes; two or more.
        minimum: of an integer column, the smallest value in the training data.
        maximum: of an integer column, the largest value in the training data.
        stored: how the training data stored it, such as "int16", "bool" or "datetime64[ns, UTC]", so that
            later files are read and samples are written alike; None where nobody knows.
        shift: what is subtracted, in float64, before a model computes with the values; an integer for an
            integer column. None, as of a model that was saved without, is 0.
        scale: what they are then divided by, above 0; None is 1.
        step: of a numeric column whose values, but for atoms, are shift + step · k for integers k: the step,
            and the shift is then one of these values; it is dequantised, and its values have probabilities.
        atoms: of a numeric or integer column, the single values that have a probability of their own, in
            rising order.
        low: of a numeric or integer column, the number below which there is nothing; None for no such number.
        high: of such a column, the number above which there is nothing, likewise.
        decimals: of a numeric column without a step, how many decimals the training data have at most where
            they all have few, so that samples are written with as many; None where they have more than 9.

    Raises:
        DataError: the parts do not fit one another.
    """

    name: str
    kind: Kind
    categories: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    stored: str | None = None
    shift: float | None = None
    scale: float | None = None
    step: float | None = None
    atoms: tuple[float, ...] = ()
    low: float | None = None
    high: float | None = None
    decimals: int | None = None

    @property
    def discrete(self) -> bool:
        """Whether every value has a probability, so that none has a density."""
        return self.kind != "numeric" or self.step is not None

    @property
    def lattice(self) -> Lattice | None:
        """The numbers that its values are among, but for atoms; None of a category and of a density."""
        if self.kind == "integer":
            return Lattice(1.0, 0.0)
        return None if self.step is None else Lattice(self.step, self.shift or 0.0)

    @property
    def divisor(self) -> float:
        """What values are divided by before all else: `scale` of a density, else 1.

        A number that has a probability, as atoms have it too, is divided by its scale once it is dequantised,
        or found to be no atom, since only then it has a volume that the division changes.
        """
        return 1.0 if self.discrete or self.atoms or self.scale is None else self.scale

    def __post_init__(self):
        if self.kind not in _PARTS:
            raise DataError(
                f"column {self.name!r} cannot be {self.kind!r}: choose one of {', '.join(KINDS)}."
            )
        fields = (field for field in dataclasses.fields(self) if field.name not in _ALWAYS)
        held = {field.name for field in fields if getattr(self, field.name) != field.default}
        if not held <= _PARTS[self.kind] or not _FITS[self.kind](self):
            raise DataError(
                f"column {self.name!r} is described wrongly: a numeric column has a name, and may have a "
                "shift, a scale above 0, a step above 0, atoms and bounds that leave room; an integer one "
                "has a minimum, a maximum, and may have a whole shift, a scale above 0, atoms and bounds; a "
                "categorical one has two or more different categories."
            )

    def to_json(self) -> dict[str, Any]:
        """Return it as a dict of plain values, without what it does not have."""
        fields = {}
        for field in dataclasses.fields(self):
            held = getattr(self, field.name)
            if field.name in ("name", "kind") or held != field.default:
                fields[field.name] = list(held) if isinstance(held, tuple) else held
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
            atoms = tuple(float(atom) for atom in fields.get("atoms", ()))
            given = {**fields, "categories": categories, "atoms": atoms}
            wrong = undeclared(cls, given)
            if wrong:
                raise TypeError(wrong)
            return cls(**given)
        except (TypeError, ValueError, AttributeError, OverflowError) as error:
            raise DataError(f"this does not describe a column: {repr(fields)[:200]}.") from error


_ALWAYS = frozenset({"name", "kind", "stored"})
_PARTS: dict[str, frozenset[str]] = {
    "numeric": frozenset({"shift", "scale", "step", "atoms", "low", "high", "decimals"}),
    "integer": frozenset({"minimum", "maximum", "shift", "scale", "atoms", "low", "high"}),
    "categorical": frozenset({"categories"}),
}
"""Which parts a column of a kind may have besides a name and how it was stored."""


def _finite(*numbers: float | None) -> bool:
    return all(number is None or math.isfinite(number) for number in numbers)


def _rescaled(column: Column) -> bool:
    return _finite(column.shift, column.scale) and (column.scale is None or column.scale > 0)


def _placed(column: Column) -> bool:
    """Whether the atoms and the bounds are some that a column can have."""
    low, high = column.low, column.high
    return (
        _finite(low, high, *column.atoms)
        and list(column.atoms) == sorted(set(column.atoms))
        and (low is None or high is None or low < high)
    )


def _numeric(column: Column) -> bool:
    step, decimals = column.step, column.decimals
    return (
        _rescaled(column)
        and _placed(column)
        and _finite(step)
        and (step is None or step > 0)
        and (decimals is None or (type(decimals) is int and 0 <= decimals <= 16 and step is None))
    )


def _integer(column: Column) -> bool:
    low, high = column.minimum, column.maximum
    whole = column.shift is None or float(column.shift).is_integer()
    return (
        low is not None
        and high is not None
        and low <= high
        and _rescaled(column)
        and _placed(column)
        and whole
    )


def _categorical(column: Column) -> bool:
    return len(set(column.categories)) == len(column.categories) >= 2


_FITS: dict[str, Callable[[Column], bool]] = {
    "numeric": _numeric,
    "integer": _integer,
    "categorical": _categorical,
}

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
    if not isinstance(fields, list) or not fields:
        raise DataError(f"this does not describe the columns of a table: {repr(fields)[:200]}.")
    schema = tuple(Column.from_json(entry) for entry in fields)
    if len({column.name for column in schema}) < len(schema):
        raise DataError("two columns of the table have one name: give each a name of its own.")
    return schema
