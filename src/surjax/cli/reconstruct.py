"""surjax reconstruct RUN."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from surjax.cli.command import Command
from surjax.cli.output import check_out
from surjax.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reconstruct(Command):
    """Encode images of a run's data, decode them again, and tell the largest error.

    A model keeps what it drops on the way, so what is left of the error is floating point. It is measured
    in steps from one value of a pixel to the next, before values are rounded down; where dequantisation has
    put a value as close to a step as that, it comes back as the next one. The picture shows each image
    beside what came back of it.
    """

    run: tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="RUN")]]
    """The folder that `surjax train` wrote."""
    out: Annotated[Path, tyro.conf.arg(metavar="FILE")] = Path("reconstruction.png")
    """The .png to write."""
    num: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 32
    """How many images."""
    split: Literal["test", "validation", "train"] = "test"
    """Which part of the data they are from."""
    seed: int = 0
    """The seed of the choice of images, and of what the encoding draws."""
    chunk: int | None = None
    """How many images go through the model at once (default: about half a million numbers' worth)."""
    data_dir: Path | None = None
    """Where published sets lie, where that is another folder than in training."""

    def execute(self) -> dict[str, Any]:
        """Load, encode, decode, draw."""
        if self.num < 1:
            raise ConfigError(f"-n is {self.num} and must be at least 1.")
        check_out(self.out, (".png",))
        import numpy as np

        from surjax.data import ImageForm, some_of
        from surjax.pictures import draw_reconstructions
        from surjax.runs import Run

        run = Run.open(self.run).at(self.data_dir)
        form = run.require(ImageForm)
        chosen = some_of(run.splits().part(self.split), self.num, self.seed)
        images, how = np.asarray(chosen.values), {"seed": self.seed, "chunk": self.chunk}
        told = draw_reconstructions(run.flow(), form, images, self.out, context=chosen.context, **how)
        return {"out": str(self.out), "split": self.split, **told}

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """The error, and where the picture is."""
        where = ", before rounding" if result["before_rounding"] else ""
        console.print(f"{'maximum error':<15} {result['max_error']:.3g} of a pixel step{where}")
        console.print(f"{'changed':<15} {result['changed']:.3%} of the values")
        console.print(f"{'images':<15} {result['n']:,} of {result['split']}: {result['out']}", markup=False)
