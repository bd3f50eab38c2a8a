"""surjax datasets."""

import dataclasses
from typing import TYPE_CHECKING, Any

from surjax.cli.command import Command
from surjax.cli.output import number, table

if TYPE_CHECKING:
    from rich.console import Console


@dataclasses.dataclass(frozen=True, kw_only=True)
class Datasets(Command):
    """List the data sets that have a name.

    Toy densities are drawn afresh, and no model's negative log-likelihood on them can be below their
    entropy. The tables come with scikit-learn. Any file is a data set too, by its path.
    """

    def execute(self) -> dict[str, Any]:
        """Names, sizes and entropies."""
        from surjax.data import datasets

        return {"datasets": [dataclasses.asdict(info) for info in datasets()]}

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """One line a data set."""
        listed = table(
            "data set", "kind", "rows", "columns", "entropy/nats", numbers=("rows", "columns", "entropy/nats")
        )
        for info in result["datasets"]:
            listed.add_row(
                info["name"],
                info["kind"],
                number(info["rows"], ","),
                str(info["columns"]),
                number(info["entropy"]),
            )
        console.print(listed)
