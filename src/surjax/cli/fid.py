"""surjax fid RUN."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from surjax.cli.command import Command
from surjax.cli.report import show_cut
from surjax.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console

_MOST = 50_000
"""How many images are compared by default, as in papers, where there are so many."""
_FEW = 10_000
"""The fewest that its authors advise."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fid(Command):
    """Measure the FID and the Inception score of samples of a run's model.

    As many samples are drawn as there are images to compare them with. The FID (Heusel et al. 2017) depends
    on that number, on the part of the data and on the weights of the Inception network, and all of them are
    told. Needs `pip install 'surjax[fid]'`; the weights are downloaded where they are not there.
    """

    run: tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="RUN")]]
    """The folder that `surjax train` wrote."""
    num: Annotated[int | None, tyro.conf.arg(aliases=["-n"])] = None
    """How many samples, and images (default: all of the part, 50,000 at most)."""
    split: Literal["test", "validation", "train"] = "train"
    """Which part of the data the images are from."""
    inception: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """The weights of the Inception network (default: the published ones, downloaded if need be)."""
    temperature: float = 1.0
    """Scales the noise: below 1 the samples keep to what is likely."""
    seed: int = 0
    """The seed of the samples, and of the choice of images."""
    chunk: int | None = None
    """How many images are drawn at once (default: about half a million numbers' worth)."""
    data_dir: Path | None = None
    """Where published sets lie, where that is another folder than in training."""

    def execute(self) -> dict[str, Any]:
        """Load, draw, compare."""
        for name, number, least in (("-n", self.num, 10), ("chunk", self.chunk, 1)):
            if number is not None and number < least:
                raise ConfigError(f"{name} is {number} and must be at least {least}.")
        if not self.temperature >= 0:
            raise ConfigError(f"temperature is {self.temperature} and must be 0 or more.")
        from surjax.cli.progress import ChunkProgress
        from surjax.data import ImageForm
        from surjax.data.images.pixels import to_8_bits
        from surjax.evaluate.fid import inception_metrics, torch_fidelity
        from surjax.evaluate.sampling import sample_images
        from surjax.interop.inception import SHA256, inception_weights, sha256_of
        from surjax.runs import Run

        run = Run.open(self.run).at(self.data_dir)
        form = run.require(ImageForm)
        torch_fidelity()  # before anything takes long
        weights = inception_weights(self.inception)
        digest = sha256_of(weights)
        flow, part = run.flow(), run.splits().part(self.split)
        n = min(len(part), _MOST) if self.num is None else self.num
        chosen = part.choose(n, self.seed)
        with ChunkProgress(f"drawing from {run.name}") as progress:
            how = (self.temperature, self.chunk, progress)
            # labels are given as often as the chosen images have them
            drawn = sample_images(flow, form, n, self.seed, *how, chosen.context)
        with ChunkProgress("comparing") as progress:
            images = to_8_bits(chosen.values, form)
            metrics = inception_metrics(to_8_bits(drawn.images, form), images, weights, progress)
        return {
            "run": str(self.run),
            **dataclasses.asdict(metrics),
            "split": self.split,
            "fingerprint": chosen.fingerprint,
            "temperature": self.temperature,
            "seed": self.seed,
            "cut_share": drawn.cut / drawn.images.size,
            "broken": drawn.broken,
            "inception": str(weights),
            "inception_sha256": digest,
            "inception_published": digest == SHA256,
        }

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """The numbers, and what they are of."""
        score = f"{result['inception_score']:.3f} ± {result['inception_score_std']:.3f} over ten parts"
        against = f"{result['n']:,} of {result['split']} ({result['fingerprint']})"
        network = f"{Path(result['inception']).name} ({result['inception_sha256'][:12]})"
        if not result["inception_published"]:
            network += ", which are not those of published figures"
        lines = {
            "FID": f"{result['fid']:.3f}",
            "Inception score": score,
            "samples": f"{result['n']:,}, temperature {result['temperature']:g}, seed {result['seed']}",
            "against": against,
            "Inception": network,
        }
        for name, line in lines.items():
            console.print(f"{name:<16} {line}", markup=False)
        show_cut(result, console)
        if result["n"] < _FEW:
            console.print(f"Of fewer than {_FEW:,} images it is biased upwards: compare only at the same n.")
