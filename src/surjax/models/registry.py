"""The models that are known by a name: surjax's own, and those of other packages."""

import dataclasses
import inspect
from importlib.metadata import entry_points

from surjax.errors import ConfigError
from surjax.models.base import ModelConfig
from surjax.others import load_entry_point, package_of, require_same_class

ENTRY_POINTS = "surjax.models"
"""The group of the entry points by which an installed package makes its models known: name = class."""

MODELS: dict[str, type[ModelConfig]] = {}
"""Every model's configuration by its name, but for those of installed packages that nobody asked for yet."""


def register_model(config: type) -> type:
    """Make a configuration known by its name: to `surjax train` and `surjax models`, and to runs of it.

    Returns:
        The configuration, so that it can be used as a decorator.

    Raises:
        ConfigError: it is no configuration of a model, or one without a name, or a name that is taken.
    """
    if not is_model(config):
        raise ConfigError(
            f"{config!r} is no configuration of a model: give a frozen dataclass that is a VectorModel, an "
            "ImageModel or another ModelConfig with a form, and has the class variables name and summary."
        )
    require_same_class(MODELS.get(config.name, config), config, f"models go by the name {config.name!r}")
    MODELS[config.name] = config
    return config


def is_model(thing: object) -> bool:
    """Whether something is a configuration that can be registered."""
    return (
        isinstance(thing, type)
        and issubclass(thing, ModelConfig)
        and hasattr(thing, "form")
        and not inspect.isabstract(thing)
        and dataclasses.is_dataclass(thing)
        and all(isinstance(getattr(thing, name, None), str) for name in ("name", "summary"))
    )


def find(name: str) -> type[ModelConfig]:
    """The configuration of that name, also of an installed package.

    Raises:
        ConfigError: there is none of that name, which tells those there are; or its package cannot be loaded.
    """
    if name not in MODELS:
        _load_installed(name)
    if name not in MODELS:
        raise ConfigError(
            f"there is no model {name!r}: choose one of {', '.join(known_models())}, or name the module that "
            "defines it by --plugin."
        )
    return MODELS[name]


def known_models() -> dict[str, type[ModelConfig]]:
    """Every model by its name, those of installed packages too.

    Raises:
        ConfigError: an installed package has a model that cannot be loaded.
    """
    _load_installed()
    return MODELS


def _load_installed(name: str | None = None) -> None:
    """Register the model of that name, or without one all models, that installed packages have."""
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name in MODELS or name not in (None, entry.name):
            continue
        config = register_model(load_entry_point(entry, f"the model {entry.name!r}"))
        if config.name != entry.name:
            raise ConfigError(
                f"{package_of(entry)} calls a model {entry.name!r} whose own name is {config.name!r}: make "
                "the two the same."
            )
