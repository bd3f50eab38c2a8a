"""surjax reproduce marscf."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from surjax.cli.reproduce_images import ReproduceImages

if TYPE_CHECKING:
    from surjax.studies.image_systems import Study


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReproduceMarSCF(ReproduceImages):
    """Train and measure mAR-SCF with and without its channel-wise autoregressive priors, under one protocol.

    Does the prior help, at equal cost? Flows of affine couplings and of mixtures of logistics are trained
    under it and under normal priors, for as many minutes (--minutes) or steps (--steps) each, and what it
    gains is told with its error.

    Each trains into a run of its own in DIR, so that the same command goes on where it was stopped. It
    writes results.json, results.md and report.html, and sets the published figures beside the measured ones.
    """

    out: Annotated[Path, tyro.conf.arg(metavar="DIR")] = Path("runs/marscf")
    """The folder."""
    systems: tuple[str, ...] | None = None
    """Which of affine-normal, affine-mar, mixlogcdf-normal and mixlogcdf-mar (default: all)."""

    def study(self) -> "Study":
        """The four systems."""
        from surjax.studies.marscf import MARSCF

        return MARSCF
