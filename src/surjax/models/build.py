"""The flow of a configuration for some data."""

from typing import Any

from surjax.data.form import Form
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.models.base import ModelConfig
from surjax.models.registry import known_models


def build_flow(config: ModelConfig, form: Form, key: Any) -> Flow:
    """The model of examples of a form, of a table's rows for instance, with fresh weights.

    Raises ConfigError as `require_form` does, or where the model does not take data of that form.
    """
    require_form(config, form)
    return config.build_for(form, key)


def require_form(config: ModelConfig, form: Form) -> None:
    """ConfigError where the configuration is of a model of something else than the form, or of one that
    cannot be given what the form says that it is."""
    if not isinstance(form, config.form):
        raise ConfigError(
            f"{config.name} is a model of {config.form.modelled} and the data are {form.told}: choose a "
            f"model of {form.modelled}."
        )
    if form.given and not config.conditional:
        known = known_models().values()
        able = [other.name for other in known if other.conditional and other.form is config.form]
        raise ConfigError(
            f"{config.name} models all there is and can be given nothing: leave --given out, or choose one "
            f"of {', '.join(able)}."
        )
