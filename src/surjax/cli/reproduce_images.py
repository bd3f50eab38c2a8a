"""What the commands that reproduce studies of images have in common."""

import dataclasses
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from surjax.cli.command import Interrupted
from surjax.cli.output import number, table
from surjax.cli.reproduce import Reproduce

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from surjax.studies.image_systems import Study


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReproduceImages(Reproduce, ABC):
    """Train and measure the systems of a study of images."""

    out: Annotated[Path, tyro.conf.arg(metavar="DIR")]
    """The folder."""
    scale: Literal["tiny", "small", "paper"] = "small"
    """The systems' size: the papers', or one for two cores, or one that only shows that all works."""
    minutes: float | None = None
    """Minutes of training for each system (default: as long as its settings say)."""
    systems: tuple[str, ...] | None = None
    """Which of its systems (default: all)."""
    data: str = "cifar10"
    """The images: a set's name, a folder or a file."""
    data_dir: str | None = None
    """Where published sets lie (default: surjax in the user's cache folder)."""
    rows: int | None = None
    """How many of the training images to take (default: all)."""
    test_rows: int | None = None
    """How many of the test images to measure (default: all)."""
    steps: int | None = None
    """How many steps to train each system (default: as its settings say)."""
    seed: int = 0
    """The seed of weights and training."""
    seeds: int = 1
    """From how many seeds to train each system, from `seed` on."""

    @abstractmethod
    def study(self) -> "Study":
        """The study, imported when it is needed."""

    def summary(self, rows: "Sequence[Any]") -> dict[str, Any]:
        """What the rows say together, to be told beside them: what the study's pairs of systems gain."""
        from surjax.studies.image_summary import gains

        return {"gains": [gain._asdict() for gain in gains(self.study().pairs, rows)]}

    def execute(self) -> dict[str, Any]:
        """Train and measure, the study's rows for each system and seed."""
        from surjax.cli.progress import StudyProgress
        from surjax.data import ImageConfig
        from surjax.studies.images import run_image_study

        data = ImageConfig(data_dir=self.data_dir, rows=self.rows, test_rows=self.test_rows)
        try:
            with StudyProgress(self.minutes) as progress:
                rows = run_image_study(
                    self.study(),
                    out=self.out,
                    scale=self.scale,
                    minutes=self.minutes,
                    systems=self.systems,
                    source=self.data,
                    data=data,
                    seed=self.seed,
                    seeds=self.seeds,
                    training=None if self.steps is None else {"steps": self.steps, "epochs": None},
                    on_begin=progress.begin,
                    on_progress=progress,
                )
        except KeyboardInterrupt:
            raise Interrupted(
                "stopped by Ctrl-C; what was trained is saved, the same command goes on."
            ) from None
        told = [dataclasses.asdict(row) for row in rows]
        return {"out": str(self.out), "rows": told, **self.summary(rows)}

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """The study's table, and what its pairs of systems tell."""
        figures = ("seed", "bits/dim", "±", "paper", "study", "parameters", "steps", "images/s", "s/drawn")
        listed = table("system", "kind", *figures, numbers=figures)
        for row in result["rows"]:
            listed.add_row(
                row["model"],
                f"bound, {row['importance_samples']}" if row["bound"] else "exact",
                str(row["seed"]),
                number(row["bits_per_dim"]),
                number(row["standard_error_bits_per_dim"]),
                number(row["paper_bits_per_dim"], ".2f"),
                number(row["study_bits_per_dim"], ".2f"),
                number(row["parameters"], ",d"),
                number(row["steps"], ",d"),
                number(row["images_per_second"], ",.1f"),
                number(row["sampling_seconds_an_image"], ".3g"),
            )
        console.print(listed)
        if result["gains"]:
            console.print(self.study().gain, markup=False)
        for gain in result["gains"]:
            seed = "mean" if gain["seed"] is None else f"seed {gain['seed']}"
            error = number(gain["standard_error_bits_per_dim"])
            console.print(
                f"  {gain['pair']}, {seed}: {number(gain['bits_per_dim'], '+.4f')} ± {error}", markup=False
            )
        console.print(f"written: {result['out']}/results.json, results.md and report.html", markup=False)
