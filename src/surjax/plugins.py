"""Other people's parts: what a module of theirs defines becomes known wherever surjax's own parts are.

A plugin is any module that Python can import. Of what its namespace holds, each class of modules (a
transform, a univariate family, a distribution, a network) can be loaded with a saved model, and each
configuration of a model and each named set of data has its name on the command line. An installed package can
say the same of itself by entry points, so that nobody has to name it:

    [project.entry-points."surjax.models"]
    pair-mean = "mypackage.models:PairMeanFlow"

    [project.entry-points."surjax.datasets"]
    echoes = "mypackage.data:ECHOES"

    [project.entry-points."surjax.classes"]
    transforms = "mypackage.transforms"
"""

import importlib
import os
import sys
import traceback
from collections.abc import Iterator
from types import ModuleType

from surjax.errors import ConfigError, SurjaxError

USED: list[str] = []
"""The names of the modules that were used as plugins, in their order: what a command must be given again."""


def use_plugin(name: str) -> ModuleType:
    """Import a module, from the current folder or installed, and make known what it defines.

    Raises:
        ConfigError: there is no such module, it fails when it is imported, it defines nothing of use, or
            something of the name of one of its parts is known already.
    """
    if name.endswith(".py") or os.sep in name:
        stem = os.path.basename(name).removesuffix(".py")
        raise ConfigError(f"{name} is a file and --plugin takes the name of a module: say --plugin {stem}.")
    module = _import(name)
    registered = [thing for thing in _public(module) if _register(thing)]
    if not registered:
        raise ConfigError(
            f"the plugin {name} holds no class of modules, no configuration of a model and no named set of data "
            "of its own: name the module that defines them."
        )
    if name not in USED:
        USED.append(name)
    return module


def _import(name: str) -> ModuleType:
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.append(os.getcwd())  # where the person is who gives the command
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name and not name.startswith(f"{error.name}."):
            raise ConfigError(
                f"the plugin {name} needs a module {error.name} that is not there: install it."
            ) from error
        raise ConfigError(
            f"there is no module {name}: --plugin takes one that is installed or lies in the current folder."
        ) from error
    except SurjaxError:
        raise
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        raise ConfigError(
            f"the plugin {name} cannot be imported ({type(error).__name__}: {error}, in line {frame.lineno} "
            f"of {frame.filename}): mend it."
        ) from error


def _public(module: ModuleType) -> Iterator[object]:
    """What the namespace of a module holds."""
    for name, thing in list(vars(module).items()):
        if not name.startswith("_"):
            yield thing


def _register(thing: object) -> bool:
    """Make one thing known; whether it is anything that can be, and that was not known from the start."""
    from surjax.data.named import NamedSet, register
    from surjax.models.registry import is_model, register_model
    from surjax.serialize.classes import is_module_class, register_class

    if isinstance(thing, NamedSet):
        register(thing)
        return True
    if not isinstance(thing, type) or thing.__module__.partition(".")[0] in ("surjax", "equinox", "jax"):
        return False
    if is_module_class(thing):
        register_class(thing)
        return True
    if is_model(thing):
        register_model(thing)
        return True
    return False
