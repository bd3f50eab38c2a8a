"""Flows and bijections to flowjax and back. Needs surjax[flowjax].

ConfigError is raised on import where flowjax is not installed.
"""

from surjax.errors import ConfigError

try:
    import flowjax as _flowjax  # noqa: F401  # pyright: ignore[reportMissingImports]
except ImportError as error:
    raise ConfigError(
        "surjax.interop.flowjax needs the package flowjax, which is not installed: "
        "`pip install 'surjax[flowjax]'`."
    ) from error

from surjax.interop.flowjax.from_flowjax import from_flowjax
from surjax.interop.flowjax.of_flowjax import FlowjaxBijection, FlowjaxDistribution
from surjax.interop.flowjax.of_surjax import SurjaxBijection, SurjaxDistribution
from surjax.interop.flowjax.to_flowjax import to_flowjax

__all__ = [
    "FlowjaxBijection",
    "FlowjaxDistribution",
    "SurjaxBijection",
    "SurjaxDistribution",
    "from_flowjax",
    "to_flowjax",
]
