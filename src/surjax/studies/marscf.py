"""The study of channel-wise autoregressive priors: mAR-SCF with and without them (Mahajan et al. 2020)."""

from surjax.models.marscf import SIZES, MarSCF
from surjax.studies.image_systems import Pair, System
from surjax.studies.system_study import SystemStudy


def _system(coupling: str, prior: str, *figures: float) -> System:
    titles = {"affine": "Affine", "mixlogcdf": "MixLogCDF", "mar": "autoregressive", "normal": "normal"}
    fields = {"coupling": coupling, "prior": prior}
    return System(f"{titles[coupling]}, {titles[prior]} prior", MarSCF.name, fields, *figures)


MARSCF = SystemStudy(
    name="marscf",
    title="Channel-wise autoregressive priors",
    question="Does the channel-wise autoregressive prior help, at equal cost?",
    systems={
        "affine-normal": _system("affine", "normal"),
        "affine-mar": _system("affine", "mar", 3.33, 3.39),
        "mixlogcdf-normal": _system("mixlogcdf", "normal"),
        "mixlogcdf-mar": _system("mixlogcdf", "mar", 3.24),
    },
    notes=(
        "The published figures are those of Mahajan et al. (CVPR 2020, arXiv 2004.03891) on CIFAR-10; for "
        "the same flows under normal priors none are published.",
        "The paper's 3.24 of mixlogcdf-mar is that of networks of 256 channels, of which its authors "
        f"released a checkpoint with 3.22; those of the preset paper have {SIZES['mixlogcdf'][1]} channels.",
        "The authors measured mixtures with dropout on, and chose the state by the test images; here dropout "
        "is off where images are measured or drawn, and the state is chosen by validation images.",
    ),
    gain="What the autoregressive prior gains: bits/dim(normal) − bits/dim(mar)",
    pairs=(
        Pair("affine", without="affine-normal", having="affine-mar"),
        Pair("mixlogcdf", without="mixlogcdf-normal", having="mixlogcdf-mar"),
    ),
)
"""Affine couplings and mixtures of logistics, each under normal and under autoregressive priors."""
