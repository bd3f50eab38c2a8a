"""surjax demo."""

import dataclasses
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from surjax.cli.command import Command, Interrupted
from surjax.cli.output import PICTURES, check_out, messages
from surjax.cli.report import show_likelihood

if TYPE_CHECKING:
    from rich.console import Console

DATASET = "four_circles"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Demo(Command):
    """Train AbsFlow on four circles and draw what it learned.

    The model sees 128,000 points. Its negative log-likelihood on as many fresh ones is held against the
    entropy of the density, which no model can go below.
    """

    out: Annotated[Path, tyro.conf.arg(metavar="FILE")] = Path("demo.png")
    """The picture to write: data, learned density and samples."""
    points: int = 128_000
    """How many points to train on, and how many to measure on."""
    steps: int | None = None
    """How many steps to train (default: the model's own)."""
    seed: int = 0
    """The seed of the points, the weights and the training."""

    def execute(self) -> dict[str, Any]:
        """Train, measure, draw."""
        check_out(self.out, PICTURES)
        import jax

        from surjax.cli.progress import TrainingProgress
        from surjax.data import toy, toy_table
        from surjax.evaluate import density_on_grid
        from surjax.pictures import Panel, comparison, panel_of_samples
        from surjax.runs import train_run
        from surjax.studies.toy import toy_settings

        density = toy(DATASET)
        changed = {} if self.steps is None else {"steps": self.steps}
        settings = toy_settings(DATASET, "absflow", self.seed, self.points, changed)
        messages().print(f"drawing {self.points:,} points of {DATASET}, entropy {density.entropy():.4f} nats")
        with (
            tempfile.TemporaryDirectory() as folder,
            TrainingProgress(f"absflow on {DATASET}") as progress,
        ):
            run = train_run(settings, Path(folder) / "run", on_progress=progress)
            if run.record.status == "interrupted":
                raise Interrupted("stopped by Ctrl-C; nothing was drawn.")
            flow, result = run.flow(), run.record.result
        test = result.test or {}
        points = toy_table(DATASET, self.points, self.seed, "test").values
        samples = flow.sample(jax.random.key(self.seed + 1), self.points)
        note = f"{test['nll_nats']:.3f} nats ({test['gap_nats']:+.3f})"
        panels = [
            panel_of_samples(points, density.bounds, "Data", f"entropy {density.entropy():.3f} nats"),
            Panel(density_on_grid(flow, density.bounds), density.bounds, "AbsFlow's density", note),
            panel_of_samples(samples, density.bounds, "Its samples", f"{self.points:,} points"),
        ]
        comparison([panels], self.out)
        return {
            "dataset": DATASET,
            "model": settings.model.name,
            **test,
            "compile_seconds": result.compile_seconds,
            "train_seconds": result.train_seconds,
            "out": str(self.out),
        }

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """The gap to the truth, and where the picture is."""
        show_likelihood(result, console)
        seconds = f"{result['compile_seconds']:.1f} s to compile, {result['train_seconds']:.1f} s to train"
        console.print(f"{'time':<15} {seconds}")
        console.print(f"{'picture':<15} {result['out']}", markup=False)
