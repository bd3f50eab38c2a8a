"""Published systems, one file each, as configurations that build a flow."""

from surjax.errors import ConfigError
from surjax.models.absflow import AbsFlow
from surjax.models.absflow_paper import AbsFlowPaper, AbsUniform
from surjax.models.base import ModelConfig
from surjax.models.baseline import Baseline
from surjax.models.maf import MAF
from surjax.models.nsf import NSF
from surjax.models.table import for_table
from surjax.models.tabular import Tabular

__all__ = [
    "MAF",
    "MODELS",
    "NSF",
    "AbsFlow",
    "AbsFlowPaper",
    "AbsUniform",
    "Baseline",
    "ModelConfig",
    "Tabular",
    "find",
    "for_table",
]

MODELS: dict[str, type[ModelConfig]] = {
    config.name: config for config in (AbsFlow, AbsFlowPaper, AbsUniform, Baseline, MAF, NSF, Tabular)
}
"""Every model's configuration by its name on the command line."""


def find(name: str) -> type[ModelConfig]:
    """The configuration of that name; raises ConfigError, with the names there are, for another."""
    if name not in MODELS:
        raise ConfigError(f"there is no model {name!r}: choose one of {', '.join(MODELS)}.")
    return MODELS[name]
