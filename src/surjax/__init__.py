"""surjax: likelihood-based generative modelling in JAX.

Bijections (normalizing flows), surjections and stochastic maps (VAEs) in one algebra, the SurVAE
framework of Nielsen et al. (2020). See `surjax.Flow`.

The names are those of `surjax.api`, and the sub-packages. They are loaded when the first of them is
used, so that the command line can answer without waiting for JAX.
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

PACKAGES = (
    "data",
    "evaluate",
    "inference",
    "interop",
    "modalities",
    "models",
    "pictures",
    "plugins",
    "runs",
    "studies",
    "testing",
    "train",
)
"""Sub-packages that are public beside `surjax.api`."""

if TYPE_CHECKING:
    from surjax.api import *  # noqa: F403
else:

    def __getattr__(name: str) -> Any:
        """A public name, from `surjax.api`."""
        if name in PACKAGES:
            return importlib.import_module(f"surjax.{name}")
        if not name.startswith("_"):
            api = importlib.import_module("surjax.api")
            if name in getattr(api, "__all__", ()):  # which it has once it is imported
                return getattr(api, name)
        raise AttributeError(f"module 'surjax' has no attribute {name!r}")

    def __dir__() -> list[str]:
        """Every public name."""
        return sorted([*importlib.import_module("surjax.api").__all__, *PACKAGES])
