"""The study of image flows: five systems under one protocol (Nielsen et al. 2020)."""

from surjax.models import PoolFlow
from surjax.studies.image_systems import System
from surjax.studies.system_study import SystemStudy

POOLING = SystemStudy(
    name="pooling",
    title="Image flows",
    question="What does max-pooling cost a flow in bits/dim, and how do others compare?",
    systems={
        "realnvp": System("RealNVP", "realnvp", {}, 3.49),
        "glow": System("Glow", "glow", {}, 3.35),
        "flowpp": System("Flow++", "flowpp", {}, 3.08),
        "baseline": System("Baseline", PoolFlow.name, {"pooling": "slice"}, 3.08, 3.16),
        "maxpoolflow": System("MaxPoolFlow", PoolFlow.name, {"pooling": "max"}, 3.09, 3.19),
    },
    notes=(
        "The published figures are those of Nielsen et al. 2020 (SurVAE Flows), table 4, and of the papers "
        "that it cites (Dinh et al. 2017; Kingma and Dhariwal 2018; Ho et al. 2019), on CIFAR-10.",
    ),
)
"""RealNVP, Glow, Flow++, and the Baseline and MaxPoolFlow of the SurVAE paper."""
