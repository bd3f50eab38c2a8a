"""The flow of a configuration for some data."""

from typing import Any

from surjax.data.form import Form
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.models.base import ModelConfig
from surjax.models.registry import known_models


def build_flow(config: ModelConfig, form: Form, key: Any) -> Flow:
    """The model of examples of a form, of a table's rows for instance, with fresh weights.

    Raises ConfigError where the configuration is of a model of something else, or where the model does not
    take data of that form, or cannot be given what the form says that it is.
    """
    if not isinstance(form, config.form):
        raise ConfigError(
            f"{config.name} is a model of {config.form.modelled} and the data are {form.told}: choose a "
            f"model of {form.modelled}."
        )
    if form.given and not config.conditional:
        able = [
            name for name, known in known_models().items() if known.conditional and known.form is config.form
        ]
        raise ConfigError(
            f"{config.name} models all there is and can be given nothing: leave --given out, or choose one "
            f"of {', '.join(able)}."
        )
    return config.build_for(form, key)
