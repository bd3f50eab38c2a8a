"""surjax sample RUN."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from surjax.cli.command import Command
from surjax.cli.output import check_out
from surjax.cli.report import show_cut
from surjax.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console

    from surjax.runs import Run


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sample(Command):
    """Draw samples from a run's model, as a table or a picture.

    A table has the columns of the training data, whole numbers and the names of categories among them; those
    that a conditional model is given have the values of --given. Of images, a .png is a grid, and an .npz or
    .npy holds them as uint8 (n, channels, height, width) from 0 to 2^bits - 1, or of more than 8 bits as
    uint16.

    With --fill a table's missing cells are drawn instead, given those of their row that are present, by a
    run that was trained with --missing model; present cells are written as they were.
    """

    run: tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="RUN")]]
    """The folder that `surjax train` wrote."""
    out: Annotated[Path, tyro.conf.arg(metavar="FILE")]
    """The file to write: .csv, .tsv, .parquet, .npz or .npy; or .png, .pdf or .svg."""
    num: Annotated[int | None, tyro.conf.arg(aliases=["-n"])] = None
    """How many (default: 1000; of images 64); with --fill, how many times the gaps are filled (default: 1),
    where several are written one under the other with a column imputation."""
    fill: Annotated[str | None, tyro.conf.arg(metavar="DATA")] = None
    """A table's file whose missing cells are to be drawn."""
    proposals: int = 64
    """With --fill: of how many proposals each draw is chosen."""
    temperature: float = 1.0
    """Scales the noise: below 1 the samples keep to what is likely."""
    seed: int = 0
    """The seed of the draw."""
    chunk: int | None = None
    """How many are drawn at once (default: about half a million numbers' worth)."""
    given: tuple[str, ...] = ()
    """What a conditional model is given: values, as a=1.5,b=red or label=cat (label=each: every class in
    turn), or a table's file with a row for each and columns of those names; -n samples are drawn of each
    row."""
    steps_shown: bool = False
    """Show each sample of a model in stages at all of its sizes, from the smallest to the largest."""

    def execute(self) -> dict[str, Any]:
        """Load, draw, write."""
        for name, number in (("-n", self.num), ("chunk", self.chunk), ("proposals", self.proposals)):
            if number is not None and number < 1:
                raise ConfigError(f"{name} is {number} and must be at least 1.")
        if not self.temperature >= 0:
            raise ConfigError(f"temperature is {self.temperature} and must be 0 or more.")
        from surjax.memory import free_host_memory
        from surjax.modalities import Draw
        from surjax.runs import Run

        run = Run.open(self.run)
        if self.fill is not None:
            return self._fill(run, self.fill)
        check_out(self.out, run.modality.suffixes)
        given = run.given(self.given)
        rows = 1 if given is None else len(given)
        if 8 * rows * (self.num or 1) * run.record.form.dimensions > free_host_memory():
            of_each = f" of each of {rows:,} rows" if rows > 1 else ""
            n = self.num or run.modality.samples
            raise ConfigError(f"-n is {n:,}{of_each}, whose samples do not fit into the memory: draw fewer.")
        if self.steps_shown:
            self._check_steps_shown(run)
        draw = Draw(self.num, self.seed, self.temperature, self.chunk, given)
        told = run.modality.write_samples(run.flow(), run.record.form, self.out, draw, self.steps_shown)
        return {"out": str(self.out), "temperature": self.temperature, "seed": self.seed, **told}

    def _fill(self, run: "Run", source: str) -> dict[str, Any]:
        from surjax.cli.fill import fill

        if self.steps_shown or self.temperature != 1.0:
            raise ConfigError("--fill draws at temperature 1 and shows no steps: leave these flags out.")
        how: Any = {"draws": self.num or 1, "proposals": self.proposals, "chunk": self.chunk}
        return fill(run, source, self.out, seed=self.seed, **how)

    def _check_steps_shown(self, run: "Run") -> None:
        from surjax.modalities.stages import staged_model

        if self.out.suffix.lower() != ".png":
            raise ConfigError(f"steps_shown is of a picture and {self.out} is none: write a .png.")
        staged_model(run.record.settings.model, run.folder)

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """Where they are."""
        if self.fill is not None:
            from surjax.cli.fill import show_fill

            show_fill(result, console)
            return
        console.print(f"{result['n']:,} samples: {result['out']}", markup=False)
        show_cut(result, console)
