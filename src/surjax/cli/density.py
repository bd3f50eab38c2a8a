"""surjax density RUN."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from surjax.cli.command import Command
from surjax.cli.output import PICTURES, check_out
from surjax.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console


@dataclasses.dataclass(frozen=True, kw_only=True)
class Density(Command):
    """Draw the density of a run's model.

    For two numeric columns this is the density over the plane, beside the data. For other tables it is
    the marginals of each column and of each two, samples against data. Of a conditional model it is the
    density given the values of --given, beside the data whatever they are given.
    """

    run: tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="RUN")]]
    """The folder that `surjax train` wrote."""
    out: Annotated[Path, tyro.conf.arg(metavar="FILE")]
    """The file to write: .png, .pdf or .svg."""
    points: int = 400
    """Cells of the grid, a side."""
    num_samples: int = 1
    """K of the importance-weighted bound; no matter where the model is exact."""
    given: tuple[str, ...] = ()
    """What a conditional model is given, as a=1.5,b=red."""
    seed: int = 0
    """The seed of the draws."""

    def execute(self) -> dict[str, Any]:
        """Load and draw."""
        check_out(self.out, PICTURES)
        from surjax.runs import Run

        run = Run.open(self.run)
        if not run.modality.draws_density:
            raise ConfigError(
                f"{self.run} is a run of {run.record.form.medium}, whose density has no picture: see "
                "`surjax sample`."
            )
        given = run.given(self.given)
        if given is not None and len(given) != 1:
            raise ConfigError(f"--given has {len(given)} rows and the picture is of one: give one.")
        subject = run.subject(run.flow(), run.splits(), self.seed)
        how: Any = {"points": self.points, "num_samples": self.num_samples}
        how |= {} if given is None else {"given": given}
        drawn = run.modality.draw_density(subject, self.out, **how)
        return {"out": str(self.out), **drawn}

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """Where the picture is."""
        mass = f", {result['integral']:.4f} of its mass in the picture" if "integral" in result else ""
        console.print(f"{result['kind']}{mass}: {result['out']}", markup=False)
