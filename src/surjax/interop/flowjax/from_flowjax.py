"""From flowjax to surjax."""

from typing import Any

from flowjax.bijections import AbstractBijection  # pyright: ignore[reportMissingImports]
from flowjax.distributions import (  # pyright: ignore[reportMissingImports]
    AbstractDistribution,
    AbstractTransformed,
    StandardNormal,
)
from paramax import unwrap  # pyright: ignore[reportMissingImports]

from surjax.distributions.base import Distribution
from surjax.distributions.normal import Normal
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.interop.flowjax.of_flowjax import FlowjaxBijection, FlowjaxDistribution
from surjax.interop.flowjax.of_surjax import SurjaxBijection, SurjaxDistribution
from surjax.transforms.base import Transform


def from_flowjax(model: Any) -> Distribution | Transform:
    """A distribution or bijection of flowjax as surjax's: the same density, the condition as the context.

    A transformed distribution, which flowjax's flows are, becomes a `Flow`, over `Normal` where its base is
    standard normal, so that all of surjax's tools apply; any other distribution a `FlowjaxDistribution`, to
    be the base of a flow or to be vectorised; a bijection a `FlowjaxBijection`. What `to_flowjax` made
    becomes what it was made of. A model folder cannot hold flowjax's parts: save what was trained as flowjax
    does. Raises ConfigError where it is nothing of flowjax.

    >>> import jax, flowjax.distributions as fd, surjax as sx
    >>> flow = from_flowjax(fd.Normal(jax.numpy.zeros(2), 3.0))
    >>> type(flow).__name__, flow.sample(jax.random.key(0), 5).shape
    ('Flow', (5, 2))
    """
    match model:
        case SurjaxDistribution():
            return unwrap(model).flow
        case SurjaxBijection():
            return unwrap(model).bijection
        case StandardNormal():
            return Normal(model.shape)
        case AbstractTransformed():
            base = from_flowjax(model.base_dist)
            assert isinstance(base, Distribution)
            return Flow(base, FlowjaxBijection(model.bijection))
        case AbstractDistribution():
            return FlowjaxDistribution(model)
        case AbstractBijection():
            return FlowjaxBijection(model)
    raise ConfigError(
        f"{type(model).__name__} is nothing of flowjax: give one of its distributions or bijections."
    )
