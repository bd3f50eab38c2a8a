"""surjax superresolve RUN IMAGES."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from surjax.cli.command import Command
from surjax.cli.output import number, table
from surjax.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console

_PARTS = ("test", "validation", "train")
"""What says that the images are the run's own."""

_OWN_ROWS = 16
"""How many of them are taken."""

_NAMES = {
    "sample": "one sample",
    "mean": "mean of {n}",
    "bicubic": "bicubic",
    "nearest": "nearest",
}
"""What is measured, as the table calls it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Superresolve(Command):
    """Draw larger images of which the given ones are the small ones.

    A model in stages (pronf) makes each image out of the one of half its size. Images of a size that it
    makes are made larger by its own stages; those of other sizes by its last ones. Scaled down again, what
    comes is the image that was given, but for values that had to be cut to the range that there is: both are
    counted. The run's own images are scaled down first, and compared with what they were.

    A .png shows a row an image: the input, bicubic interpolation, samples, and the truth where it is known.
    An .npz holds "samples" (images, n, channels, height, width) and "mean" as uint8, or of more than 8 bits
    as uint16. A folder holds that .png as overview.png, and a .png for each image: its samples side by side.
    """

    run: tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="RUN")]]
    """The folder that `surjax train` wrote."""
    images: tyro.conf.Positional[Annotated[str, tyro.conf.arg(metavar="IMAGES")]]
    """A picture, a folder of them, an .npz or .npy of uint8, a set that has a name; or test, validation or
    train, the run's own images of that part (a folder of such a name is ./test)."""
    out: Annotated[Path, tyro.conf.arg(metavar="FILE|DIR")]
    """What to write: a .png, an .npz, or a new folder."""
    to: int | None = None
    """The height of the images that are made (default: the largest that the model makes; for images of other
    sizes, twice theirs)."""
    start: Annotated[int | None, tyro.conf.arg(name="from")] = None
    """The height that the run's own images are scaled down to (default: half of the largest)."""
    num: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 8
    """How many samples of each image."""
    temperature: tuple[float, ...] = (1.0,)
    """Scales the noise: below 1 the samples keep to what is likely. One number, or one for each stage that
    is used, the smallest first."""
    mean: bool = False
    """Show the mean of the samples too; in a folder, write it instead of them."""
    rows: int | None = None
    """How many of the images, chosen at random (default: 16 of the run's own, all of others)."""
    seed: int = 0
    """The seed of the draw, and of the choice of images."""
    chunk: int | None = None
    """How many images are drawn at once (default: about half a million numbers' worth)."""
    data_dir: Path | None = None
    """Where published sets lie, where that is another folder than in training."""

    def execute(self) -> dict[str, Any]:
        """Load, draw, measure, write."""
        for name, count in (("-n", self.num), ("rows", self.rows), ("chunk", self.chunk)):
            if count is not None and count < 1:
                raise ConfigError(f"{name} is {count} and must be at least 1.")
        own = self.images in _PARTS
        if self.start is not None and not own:
            raise ConfigError(f"from is for the run's own images, {', '.join(_PARTS)}: leave it out.")
        from surjax.modalities.stages import staged_model
        from surjax.pictures.super_resolution import SHOWN_ROWS, SHOWN_SAMPLES
        from surjax.runs import Run
        from surjax.runs.super_resolution import (
            own_pictures,
            read_pictures,
            require_out,
            superresolve,
            write_super_resolution,
        )

        require_out(self.out)
        run = Run.open(self.run)
        staged_model(run.record.settings.model, run.folder)
        choice: dict[str, Any] = {"rows": self.rows, "seed": self.seed}
        if own:
            run, flow = run.at(self.data_dir), run.flow()
            choice["rows"] = _OWN_ROWS if self.rows is None else self.rows
            pictures = own_pictures(run, flow, self.images, **choice, start=self.start, to=self.to)
        else:
            pictures = read_pictures(run, self.images, **choice, data_dir=self.data_dir)
            flow = run.flow()
        temperature = self.temperature[0] if len(self.temperature) == 1 else self.temperature
        result = superresolve(
            run,
            flow,
            pictures,
            to=self.to,
            n=self.num,
            temperature=temperature,
            seed=self.seed,
            chunk=self.chunk,
        )
        write_super_resolution(self.out, result, self.mean)
        shown = {"images": min(len(result.small), SHOWN_ROWS), "samples": min(self.num, SHOWN_SAMPLES)}
        return {
            "out": str(self.out),
            "run": str(self.run),
            "split": self.images if own else None,
            **result.told,
            "shown": None if self.out.suffix.lower() == ".npz" else shown,
        }

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """How good they are where that is known, what comes back, and where they are."""
        if result["quality"] is not None:
            self._show_quality(result, console)
        kept, n = result["consistency"], result["n"]
        height, width = result["from"]
        large = "×".join(map(str, result["size"]))
        what = f"{result['images']:,} of {result['split'] or self.images}, {height}×{width} to {large}"
        lines = {
            "images": f"{what}, n {n}, temperature {_words(result['temperature'])}: {result['out']}",
            "cut to the range": f"{result['clipped']:,} of {kept['numbers']:,} numbers "
            f"({result['clipped_share']:.3%})",
            "consistency": f"{kept['kept']:,} of {kept['pixels']:,} pixels come back"
            + f", and {kept['clipped_kept']:,} of {kept['clipped_pixels']:,} in whose block a number was cut"
            * (kept["clipped_pixels"] > 0),
        }
        if result["spread"] is not None:
            lines["spread"] = f"{result['spread']:.2f} grey levels between the samples of an image"
        for name, line in lines.items():
            console.print(f"{name:<16} {line}", markup=False)
        if result["reduced_bits"] is not None:
            console.print(
                f"Of {result['reduced_bits']} bits the highest {result['bits']} were kept, as in training."
            )
        shown = result["shown"]
        if shown is not None and (shown["images"] < result["images"] or shown["samples"] < n):
            console.print(f"The picture shows {shown['images']} images, {shown['samples']} samples of each.")

    def _show_quality(self, result: dict[str, Any], console: "Console") -> None:
        rows, columns = result["quality"], ("PSNR", "SSIM")
        shown = table("", *columns, numbers=columns)
        for name, row in rows.items():
            shown.add_row(_NAMES[name].format(n=result["n"]), number(row["psnr"], ".2f"), number(row["ssim"]))
        console.print(shown)
        for name, row in rows.items():
            if row["equal"]:
                label = _NAMES[name].format(n=result["n"])
                told = f"{row['equal']} of the images are the true ones, and left out of the PSNR."
                console.print(f"{label}: {told}")
        if any(row["ssim"] is None for row in rows.values()):
            console.print("Images smaller than 7×7 have no SSIM.")
        if result["pyramid"] == "nearest":
            off = (result["size"][0] / result["from"][0] - 1) / 2
            console.print(
                "The pyramid keeps the first pixel of each block and not the middle, so that bicubic is "
                f"{off:g} pixels off."
            )


def _words(temperature: Any) -> str:
    given = temperature if isinstance(temperature, list | tuple) else [temperature]
    return ", ".join(f"{one:g}" for one in given)
