"""Flows in numpyro: as priors and likelihoods, and as guides. Needs surjax[numpyro].

ConfigError is raised on import where numpyro is not installed.
"""

from surjax.errors import ConfigError

try:
    import numpyro as _numpyro  # noqa: F401  # pyright: ignore[reportMissingImports]
except ImportError as error:
    raise ConfigError(
        "surjax.interop.numpyro needs the package numpyro, which is not installed: "
        "`pip install 'surjax[numpyro]'`."
    ) from error

from surjax.interop.numpyro.autoguide import AutoFlow
from surjax.interop.numpyro.distribution import FlowDistribution
from surjax.interop.numpyro.module import flow_module
from surjax.interop.numpyro.support import support_of

__all__ = ["AutoFlow", "FlowDistribution", "flow_module", "support_of"]
