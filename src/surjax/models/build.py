"""The flow of a configuration for some data."""

from typing import Any

from surjax.data.form import Form
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.models.base import ModelConfig


def build_flow(config: ModelConfig, form: Form, key: Any) -> Flow:
    """The model of examples of a form, of a table's rows for instance, with fresh weights.

    Raises ConfigError where the configuration is of a model of something else, or where the model does not
    take data of that form.
    """
    if not isinstance(form, config.form):
        raise ConfigError(
            f"{config.name} is a model of {config.form.modelled} and the data are {form.told}: choose a "
            f"model of {form.modelled}."
        )
    return config.build_for(form, key)
