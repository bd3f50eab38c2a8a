"""How a table is read and divided."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from surjax.data.bounds import with_bounds
from surjax.data.column import Kind
from surjax.data.config import LATER, DataConfig
from surjax.data.csv_file import Dialect
from surjax.data.form import Form
from surjax.data.load import load, toy_table
from surjax.data.missing import Missing
from surjax.data.table import Table
from surjax.data.table_form import TableForm
from surjax.errors import ConfigError


@dataclasses.dataclass(frozen=True)
class TableConfig(DataConfig):
    """How a table is read and divided."""

    columns: tuple[str, ...] | None = None
    """The columns to model, in this order (default: all)."""
    kinds: tuple[str, ...] = ()
    """The kind of columns that are not what they seem, as column=kind with the kinds numeric, integer
    and categorical; a kind that is given so has no step and no atoms."""
    bounds: tuple[str, ...] = dataclasses.field(default=("none",), metadata=LATER)
    """Outside of what there is no density and no sample: none; data, the smallest and the largest value of
    each numeric column; or column:low:high, either of which may be empty, as share:0:1 or price:0:."""

    missing: Missing = dataclasses.field(default="refuse", metadata=LATER)
    """What is done with missing cells: refuse, or model, by which a row is scored by those that are present
    and the others can be filled in (see `surjax sample --fill`)."""

    delimiter: str | None = dataclasses.field(default=None, metadata=LATER)
    """What divides the fields of a CSV (default: found out)."""
    decimal: str | None = dataclasses.field(default=None, metadata=LATER)
    """The decimal sign of a CSV, . or , (default: found out)."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        super().__post_init__()
        if self.delimiter is not None and len(self.delimiter) != 1:
            raise ConfigError(f"delimiter is {self.delimiter!r} and must be one character.")
        if self.decimal not in (None, ".", ","):
            raise ConfigError(f"decimal is {self.decimal!r} and must be . or a comma.")

    def load(self, source: str, dtype: Any, form: Form | None = None) -> tuple[Table, Table | None]:
        """A table (see `surjax.data.load`); a toy density's with as many fresh points."""
        known = None if form is None else TableForm.require(form, "the run")
        schema = None if known is None else known.whole
        gaps = self.missing == "model" if known is None else known.gaps
        table = load(
            source,
            n=self.rows,
            seed=self.split_seed,
            columns=self.columns,
            kinds=_kinds(self.kinds) if schema is None else None,
            array=self.array,
            schema=schema,
            dtype=dtype,
            dialect=Dialect(self.delimiter, self.decimal),
            missing="model" if gaps else "refuse",
        ).without_empty_rows()
        if schema is None:
            table = with_bounds(table, self.bounds)
        test = None
        if table.toy is not None:
            test = toy_table(table.name, len(table), self.split_seed, part="test")
            test = dataclasses.replace(test, gaps=gaps)
        if not self.given:
            return table, test
        return table.conditioned(self.given), None if test is None else test.conditioned(self.given)

    def load_like(
        self,
        source: str,
        form: Form,
        dtype: Any,
        *,
        columns: Sequence[str] | None = None,
        array: str | None = None,
        strict: bool = True,
    ) -> Table:
        """A table with the columns of the form, which are found by name (see `surjax.data.load`).

        Where the numbers of a CSV do not tell their decimal sign, it is that of the data of this one.
        """
        known, dialect = TableForm.require(form, "the model"), Dialect(otherwise=self.decimal or ".")
        options: dict[str, Any] = {"array": array, "dtype": dtype, "strict": strict, "dialect": dialect}
        missing = "model" if known.gaps else "refuse"
        table = load(source, schema=known.whole, columns=columns, missing=missing, **options)
        return table.conditioned([column.name for column in form.given]) if form.given else table


def _kinds(entries: tuple[str, ...]) -> Mapping[str, str] | None:
    """column=kind, … as a mapping."""
    known: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
    kinds: dict[str, Kind] = {}
    for entry in entries:
        column, _, kind = entry.rpartition("=")
        if not column or kind not in known:
            raise ConfigError(
                f"{entry!r} does not say the kind of a column: write column=kind, "
                f"the kind one of {', '.join(known)}."
            )
        kinds[column] = known[kind]
    return kinds or None
