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
    entropy. The tables and digits-images come with scikit-learn. The other images are looked for in
    --data-dir (default: surjax in the user's cache folder); cifar10 is fetched where it is not there. Any
    file, and any folder of images, is a data set too, by its path.
    """

    def execute(self) -> dict[str, Any]:
        """Names, sizes and entropies."""
        from surjax.data import datasets

        return {"datasets": [dataclasses.asdict(info) for info in datasets()]}

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """One line a data set."""
        numbers = ("rows", "test", "columns", "entropy/nats")
        listed = table("data set", "kind", *numbers, "what it is", numbers=numbers)
        for info in result["datasets"]:
            shape = info["shape"]
            listed.add_row(
                info["name"],
                info["kind"],
                number(info["rows"], ","),
                number(info["test_rows"], ","),
                number(info["columns"], "") if shape is None else "×".join(map(str, shape)),
                number(info["entropy"]),
                info["summary"],
            )
        console.print(listed)
