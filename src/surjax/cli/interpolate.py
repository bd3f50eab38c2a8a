"""surjax interpolate RUN."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from surjax.cli.command import Command
from surjax.cli.output import check_out
from surjax.cli.report import show_cut
from surjax.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console


@dataclasses.dataclass(frozen=True, kw_only=True)
class Interpolate(Command):
    """Draw paths between images through the latent space of a run's model.

    Each row of the picture goes from one image of the data to another one. The last latent and everything
    that the model dropped on the way move along the path, or the noise that they are made of does.
    """

    run: tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="RUN")]]
    """The folder that `surjax train` wrote."""
    out: Annotated[Path, tyro.conf.arg(metavar="FILE")] = Path("interpolation.png")
    """The .png to write."""
    num: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 8
    """How many paths."""
    steps: int = 8
    """How many images a path has, both ends among them."""
    path: Literal["spherical", "linear", "latent", "noise"] = "spherical"
    """How to go: spherical keeps the length of a normal latent; linear, or latent, is the straight line;
    noise is the spherical path through the normal noise that the model makes its latents of."""
    split: Literal["test", "validation", "train"] = "test"
    """Which part of the data the images are from."""
    seed: int = 0
    """The seed of the choice of images, and of what the encoding draws."""
    chunk: int | None = None
    """How many images go through the model at once (default: about half a million numbers' worth)."""
    data_dir: Path | None = None
    """Where published sets lie, where that is another folder than in training."""

    def execute(self) -> dict[str, Any]:
        """Load, encode, go along, decode, draw."""
        for name, number, least in (("-n", self.num, 1), ("steps", self.steps, 2)):
            if number < least:
                raise ConfigError(f"{name} is {number} and must be at least {least}.")
        check_out(self.out, (".png",))
        from surjax.data import ImageForm
        from surjax.pictures import draw_interpolations
        from surjax.runs import Run

        run = Run.open(self.run).at(self.data_dir)
        form = run.require(ImageForm)
        if form.given:
            raise ConfigError(
                f"{self.run} is given the label of an image, and no path leads from one label to another: "
                "take a model that is not conditional."
            )
        images = run.splits().part(self.split).choose(2 * self.num, self.seed).values
        cut = draw_interpolations(
            run.flow(),
            form,
            images,
            self.out,
            steps=self.steps,
            route=self.path,
            seed=self.seed,
            chunk=self.chunk,
        )
        return {"out": str(self.out), "n": self.num, "steps": self.steps, "path": self.path, **cut}

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """Where the picture is."""
        console.print(f"{result['n']} {result['path']} paths of {result['steps']} images: {result['out']}")
        show_cut(result, console)
