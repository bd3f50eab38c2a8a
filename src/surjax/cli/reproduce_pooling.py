"""surjax reproduce pooling."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from surjax.cli.reproduce_images import ReproduceImages

if TYPE_CHECKING:
    from surjax.studies.image_systems import Study


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReproducePooling(ReproduceImages):
    """Train and measure RealNVP, Glow, Flow++, the Baseline and MaxPoolFlow under one protocol.

    Each trains into a run of its own in DIR, so that the same command goes on where it was stopped. It
    writes results.json, results.md and report.html, and sets the published figures beside the measured ones.
    """

    out: Annotated[Path, tyro.conf.arg(metavar="DIR")] = Path("runs/pooling")
    """The folder."""
    systems: tuple[str, ...] | None = None
    """Which of realnvp, glow, flowpp, baseline and maxpoolflow (default: all)."""

    def study(self) -> "Study":
        """The five systems."""
        from surjax.studies.pooling import POOLING

        return POOLING
