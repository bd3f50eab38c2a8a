"""Published systems, one file each, as configurations that build a flow."""

from surjax.errors import ConfigError
from surjax.models.absflow import AbsFlow
from surjax.models.absflow_paper import AbsFlowPaper, AbsUniform
from surjax.models.augmented import AugmentedFlow
from surjax.models.base import ModelConfig
from surjax.models.baseline import Baseline
from surjax.models.build import build_flow
from surjax.models.flowpp import FlowPP
from surjax.models.glow import Glow
from surjax.models.hvae import HierarchicalVAE
from surjax.models.maf import MAF
from surjax.models.marscf import MarSCF
from surjax.models.nsf import NSF
from surjax.models.poolflow import PoolFlow
from surjax.models.pronf import ProNF
from surjax.models.realnvp import RealNVP
from surjax.models.table import for_table
from surjax.models.tabular import Tabular
from surjax.models.vae import ConvVAE

__all__ = [
    "MAF",
    "MODELS",
    "NSF",
    "AbsFlow",
    "AbsFlowPaper",
    "AbsUniform",
    "AugmentedFlow",
    "Baseline",
    "ConvVAE",
    "FlowPP",
    "Glow",
    "HierarchicalVAE",
    "MarSCF",
    "ModelConfig",
    "PoolFlow",
    "ProNF",
    "RealNVP",
    "Tabular",
    "build_flow",
    "find",
    "for_table",
]

VECTOR_MODELS = (AbsFlow, AbsFlowPaper, AbsUniform, Baseline, MAF, NSF, Tabular)
IMAGE_MODELS = (AugmentedFlow, FlowPP, Glow, HierarchicalVAE, MarSCF, PoolFlow, ProNF, RealNVP, ConvVAE)

MODELS: dict[str, type[ModelConfig]] = {config.name: config for config in (*VECTOR_MODELS, *IMAGE_MODELS)}
"""Every model's configuration by its name on the command line."""


def find(name: str) -> type[ModelConfig]:
    """The configuration of that name; raises ConfigError, with the names there are, for another."""
    if name not in MODELS:
        raise ConfigError(f"there is no model {name!r}: choose one of {', '.join(MODELS)}.")
    return MODELS[name]
