"""Published systems, one file each, as configurations that build a flow."""

from surjax.models.absflow import AbsFlow
from surjax.models.absflow_paper import AbsFlowPaper, AbsUniform
from surjax.models.augmented import AugmentedFlow
from surjax.models.base import ImageModel, ModelConfig, Preset, StagedModel, VectorModel
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
from surjax.models.registry import MODELS, find, known_models, register_model
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
    "ImageModel",
    "MarSCF",
    "ModelConfig",
    "PoolFlow",
    "Preset",
    "ProNF",
    "RealNVP",
    "StagedModel",
    "Tabular",
    "VectorModel",
    "build_flow",
    "find",
    "for_table",
    "known_models",
    "register_model",
]

_OWN = (AbsFlow, AbsFlowPaper, AbsUniform, Baseline, MAF, NSF, Tabular)
_OWN += (AugmentedFlow, FlowPP, Glow, HierarchicalVAE, MarSCF, PoolFlow, ProNF, RealNVP, ConvVAE)

for _config in _OWN:
    register_model(_config)
