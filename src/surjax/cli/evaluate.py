"""surjax evaluate RUN."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from surjax.cli.command import Command
from surjax.cli.progress import ChunkProgress
from surjax.cli.report import show_likelihood
from surjax.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console


@dataclasses.dataclass(frozen=True, kw_only=True)
class Evaluate(Command):
    """Measure the log-likelihood of a run on its data.

    Says whether the number is exact or a lower bound, of how many importance samples, and on which rows or
    images: the digits in brackets are those of the SHA-256 of their values. Of images it is in bits/dim.
    """

    run: tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="RUN")]]
    """The folder that `surjax train` wrote."""
    split: Literal["test", "validation", "train"] = "test"
    """Which part of the data; a toy density's test part is fresh points."""
    rows: int | None = None
    """Measure so many of its examples, chosen at random (default: all)."""
    num_samples: int | None = None
    """K of the importance-weighted bound, no matter where the model is exact (default: 64 of tables, 1 of
    images)."""
    chunk: int | None = None
    """How many examples go through the model at once (default: about half a million numbers' worth); the
    draws of the bound come one after another, so K needs no more memory."""
    data_dir: Path | None = None
    """Where published sets of images lie, where that is another folder than in training."""
    seed: int = 0
    """The seed of the bound's draws."""

    def execute(self) -> dict[str, Any]:
        """Load, score, and add up."""
        for name in ("rows", "chunk"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)} and must be at least 1.")
        from surjax.data import some_of
        from surjax.runs import Run
        from surjax.runs.measure import measure

        run = Run.open(self.run).at(self.data_dir)
        flow, part = run.flow(), run.splits().part(self.split)
        part = some_of(part, self.rows, run.record.settings.data.split_seed)
        how = {"num_samples": self.num_samples, "seed": self.seed, "chunk": self.chunk}
        with ChunkProgress(f"measuring {run.name}") as progress:
            report = measure(run, flow, part, self.split, **how, on_progress=progress)
        return {"run": str(self.run), **report}

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """The number and what it is."""
        show_likelihood(result, console)
