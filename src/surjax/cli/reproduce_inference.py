"""surjax reproduce inference."""

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
class ReproduceInference(Reproduce):
    """Estimate posteriors from simulations alone, and hold them against the true ones.

    Two moons, SLCP, Gaussian linear and Gaussian mixture (Lueckmann et al. 2021), by amortised neural
    posterior estimation. Each posterior is compared with reference draws by a classifier (C2ST: 0.5 is
    perfect), and its regions of 90 % are counted over simulated observations. It writes results.json,
    posteriors.png and calibration.png, and keeps every model; the same command goes on where it was stopped.
    """

    out: Annotated[Path, tyro.conf.arg(metavar="DIR")] = Path("runs/inference")
    """The folder."""
    tasks: tuple[str, ...] | None = None
    """Which of two_moons, slcp, gaussian_linear and gaussian_mixture (default: all)."""
    budgets: tuple[int, ...] = (1_000, 10_000, 100_000)
    """Numbers of simulations."""
    observations: int = 10
    """How many observations of each task are compared."""
    samples: int = 1_000
    """How many draws of each posterior."""
    calibrated: int = 1_000
    """Over how many simulated observations the coverage is found."""
    seed: int = 0
    """Of the simulations, the weights and the training."""

    def execute(self) -> dict[str, Any]:
        """Estimate and measure, a row a task and budget."""
        for name, least in (("observations", 1), ("samples", 10), ("calibrated", 1)):
            if getattr(self, name) < least:
                raise ConfigError(f"{name} is {getattr(self, name)} and must be at least {least}.")
        from surjax.cli.progress import StudyProgress
        from surjax.studies.inference import run_inference_study
        from surjax.studies.inference_tasks import TASKS

        try:
            with StudyProgress() as progress:
                rows = run_inference_study(
                    self.out,
                    tasks=self.tasks or tuple(TASKS),
                    budgets=self.budgets,
                    observations=self.observations,
                    samples=self.samples,
                    calibrated=self.calibrated,
                    seed=self.seed,
                    on_progress=progress,
                )
        except KeyboardInterrupt:
            raise Interrupted(
                "stopped by Ctrl-C; what was estimated is saved, the same command goes on."
            ) from None
        return {"out": str(self.out), "rows": [dataclasses.asdict(row) for row in rows]}

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """The study's table."""
        figures = ("simulations", "C2ST", "90 % covers", "leakage", "steps", "compile/s", "train/s")
        listed = table("task", *figures, numbers=figures)
        for row in result["rows"]:
            listed.add_row(
                row["task"],
                f"{row['simulations']:,}",
                number(row["c2st"], ".3f"),
                number(row["coverage"], ".3f"),
                number(row["leakage"], ".3f"),
                f"{row['steps']:,}",
                number(row["compile_seconds"], ".1f"),
                number(row["train_seconds"], ".1f"),
            )
        console.print(listed)
        console.print(f"written: {result['out']}/results.json, posteriors.png, calibration.png", markup=False)
