"""surjax reproduce toy."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from surjax.cli.command import Interrupted
from surjax.cli.output import number, table
from surjax.cli.reproduce import Reproduce
from surjax.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReproduceToy(Reproduce):
    """Train and measure the models of four symmetric 2-D densities (Nielsen et al. 2020, section 5.1).

    For each density the paper's Baseline, the paper's AbsFlow and ours, trained on 128,000 points and
    measured on 128,000 fresh ones. It writes results.json and figure.png, and keeps every model, so that the
    same command goes on where it was stopped.
    """

    out: Annotated[Path, tyro.conf.arg(metavar="DIR")] = Path("runs/toy")
    """The folder for results.json and figure.png."""
    sets: tuple[str, ...] | None = None
    """Which of its data sets (default: all)."""
    models: tuple[str, ...] | None = None
    """Which of its models (default: all)."""
    seeds: int = 1
    """How many seeds to run, from 0."""
    points: int = 128_000
    """How many points to train on, and how many to measure on."""
    steps: int | None = None
    """How many steps to train each model (default: its own)."""
    grid_points: int = 2500
    """Each density is integrated on so many cells a side."""

    def execute(self) -> dict[str, Any]:
        """Train and measure, a row a model."""
        for name in ("seeds", "points", "grid_points"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)} and must be at least 1.")
        from surjax.cli.progress import StudyProgress
        from surjax.studies.toy import MODELS, STUDY, run_toy_study

        try:
            with StudyProgress() as progress:
                rows = run_toy_study(
                    out=self.out,
                    sets=self.sets or tuple(STUDY),
                    models=self.models or MODELS,
                    seeds=range(self.seeds),
                    points=self.points,
                    training=None if self.steps is None else {"steps": self.steps},
                    grid_points=self.grid_points,
                    on_progress=progress,
                )
        except KeyboardInterrupt:
            raise Interrupted(
                "stopped by Ctrl-C; what was trained is saved, the same command goes on."
            ) from None
        return {"out": str(self.out), "rows": [dataclasses.asdict(row) for row in rows]}

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """The study's table."""
        figures = ("nats", "entropy", "gap", "paper", "∫ p", "compile/s", "train/s")
        listed = table("data set", "model", *figures, numbers=figures)
        for row in result["rows"]:
            listed.add_row(
                row["dataset"],
                row["model"],
                number(row["nll_nats"]),
                number(row["entropy_nats"]),
                number(row["gap_nats"], "+.4f"),
                number(row["paper_nats"], ".2f"),
                number(row["integral"]),
                number(row["compile_seconds"], ".1f"),
                number(row["train_seconds"], ".1f"),
            )
        console.print(listed)
        console.print(f"written: {result['out']}/results.json and {result['out']}/figure.png", markup=False)
