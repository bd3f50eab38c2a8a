"""Published systems, one file each, as configurations that build a flow."""

from surjax.errors import ConfigError
from surjax.models.absflow import AbsFlow
from surjax.models.absflow_paper import AbsFlowPaper, AbsUniform
from surjax.models.base import ModelConfig
from surjax.models.baseline import Baseline
from surjax.models.table import for_table

__all__ = [
    "MODELS",
    "AbsFlow",
    "AbsFlowPaper",
    "AbsUniform",
    "Baseline",
    "ModelConfig",
    "find",
    "for_table",
]

MODELS: dict[str, type[ModelConfig]] = {
    config.name: config for config in (AbsFlow, AbsFlowPaper, AbsUniform, Baseline)
}
"""Every model's configuration by its name on the command line."""


def find(name: str) -> type[ModelConfig]:
    """The configuration of that name; raises ConfigError, with the names there are, for another."""
    if name not in MODELS:
        raise ConfigError(f"there is no model {name!r}: choose one of {', '.join(MODELS)}.")
    return MODELS[name]
