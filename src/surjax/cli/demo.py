"""surjax demo."""

import dataclasses
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
        from surjax.evaluate import density_on_grid, evaluate
        from surjax.models.absflow import AbsFlow
        from surjax.pictures import Panel, comparison, panel_of_samples
        from surjax.train import fit

        density, model = toy(DATASET), AbsFlow()
        changed = {"seed": self.seed} | ({} if self.steps is None else {"steps": self.steps})
        config = dataclasses.replace(model.training, **changed)
        messages().print(f"drawing {self.points:,} points of {DATASET}, entropy {density.entropy():.4f} nats")
        train, test = (toy_table(DATASET, self.points, self.seed, part) for part in ("train", "test"))
        with TrainingProgress(f"absflow on {DATASET}") as progress:
            flow = model.build(jax.random.key(self.seed))
            fitted = fit(flow, train.values, config=config, callbacks=[progress])
        if fitted.stopped == "interrupted":
            raise Interrupted("stopped by Ctrl-C; nothing was drawn.")
        report = evaluate(fitted.flow, test.values, split="test", truth=density)
        samples = fitted.flow.sample(jax.random.key(self.seed + 1), self.points)
        note = f"{report.nll_nats:.3f} nats ({report.gap_nats:+.3f})"
        panels = [
            panel_of_samples(test.values, density.bounds, "Data", f"entropy {density.entropy():.3f} nats"),
            Panel(density_on_grid(fitted.flow, density.bounds), density.bounds, "AbsFlow's density", note),
            panel_of_samples(samples, density.bounds, "Its samples", f"{self.points:,} points"),
        ]
        comparison([panels], self.out)
        return {
            "dataset": DATASET,
            "model": model.name,
            **report.to_json(),
            "bits_per_dim": None,
            "compile_seconds": fitted.compile_seconds,
            "train_seconds": fitted.train_seconds,
            "out": str(self.out),
        }

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """The gap to the truth, and where the picture is."""
        show_likelihood(result, console)
        seconds = f"{result['compile_seconds']:.1f} s to compile, {result['train_seconds']:.1f} s to train"
        console.print(f"{'time':<15} {seconds}")
        console.print(f"{'picture':<15} {result['out']}", markup=False)
