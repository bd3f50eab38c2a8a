"""surjax sample RUN."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from surjax.cli.command import Command
from surjax.cli.output import DOCUMENTS, PICTURES, check_out
from surjax.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sample(Command):
    """Draw samples from a run's model, as a table or a picture.

    A table has the columns of the training data, whole numbers and the names of categories among them.
    """

    run: tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="RUN")]]
    """The folder that `surjax train` wrote."""
    out: Annotated[Path, tyro.conf.arg(metavar="FILE")]
    """The file to write: .csv, .tsv, .parquet, .npz or .npy; or .png, .pdf or .svg."""
    num: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 1000
    """How many."""
    temperature: float = 1.0
    """Scales the noise: below 1 the samples keep to what is likely."""
    seed: int = 0
    """The seed of the draw."""

    def execute(self) -> dict[str, Any]:
        """Load, draw, write."""
        if self.num < 1:
            raise ConfigError(f"-n is {self.num} and must be at least 1.")
        if not self.temperature >= 0:
            raise ConfigError(f"temperature is {self.temperature} and must be 0 or more.")
        check_out(self.out, DOCUMENTS + PICTURES)
        import jax
        import numpy as np

        from surjax.data import write_table
        from surjax.runs import Run
        from surjax.runs.draw import draw_samples

        run = Run.open(self.run)
        key = jax.random.key(self.seed)
        samples = np.asarray(run.flow().sample(key, self.num, temperature=self.temperature))
        if self.out.suffix.lower() in PICTURES:
            draw_samples(samples, run.record.schema, self.out)
        else:
            write_table(self.out, samples, run.record.schema)
        return {"out": str(self.out), "n": self.num, "temperature": self.temperature, "seed": self.seed}

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """Where they are."""
        console.print(f"{result['n']:,} samples: {result['out']}", markup=False)
