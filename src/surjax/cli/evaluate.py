"""surjax evaluate RUN."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from surjax.cli.command import Command
from surjax.cli.report import show_likelihood

if TYPE_CHECKING:
    from rich.console import Console


@dataclasses.dataclass(frozen=True, kw_only=True)
class Evaluate(Command):
    """Measure the log-likelihood of a run on its data.

    Says whether the number is exact or a lower bound, of how many importance samples, and on which rows:
    the digits in brackets are those of the SHA-256 of their values.
    """

    run: tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="RUN")]]
    """The folder that `surjax train` wrote."""
    split: Literal["test", "validation", "train"] = "test"
    """Which part of the data; a toy density's test part is fresh points."""
    num_samples: int = 1
    """K of the importance-weighted bound; no matter where the model is exact."""
    seed: int = 0
    """The seed of the bound's draws."""

    def execute(self) -> dict[str, Any]:
        """Load, score, and add up."""
        import jax

        from surjax.evaluate import evaluate
        from surjax.runs import Run

        run = Run.open(self.run)
        flow, rows = run.flow(), run.splits().part(self.split)
        report = evaluate(
            flow,
            rows.values,
            num_samples=self.num_samples,
            key=jax.random.key(self.seed),
            split=self.split,
            truth=rows.toy,
        )
        return {"run": str(self.run), **run.report(report)}

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """The number and what it is."""
        show_likelihood(result, console)
