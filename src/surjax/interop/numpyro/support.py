"""Where a flow's samples lie, in numpyro's words."""

from collections.abc import Iterator
from typing import Any

from numpyro.distributions import constraints  # pyright: ignore[reportMissingImports]

from surjax.distributions.half_normal import HalfNormal
from surjax.distributions.uniform import Uniform
from surjax.distributions.uniform_torus import UniformTorus
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.parameters import Fixed
from surjax.parts import parts_of
from surjax.transforms.bijections.bounded import Bounded
from surjax.transforms.bijections.logit import Logit
from surjax.transforms.bijections.sigmoid import Sigmoid
from surjax.transforms.bijections.simplex import Simplex
from surjax.transforms.bijections.softplus import Softplus
from surjax.transforms.bijections.tanh import Tanh
from surjax.transforms.chain import Chain
from surjax.transforms.inverse import Inverse

_BOUNDING = (Bounded, Simplex, Logit, Sigmoid, Softplus, Tanh)
"""Between the line and a part of it. Where one comes first, the flow's samples lie in that part."""

_BOUNDED_BASES = (Uniform, UniformTorus, HalfNormal)


def support_of(flow: Flow) -> Any:
    """The constraint that a flow's samples fulfil, over all axes of one sample.

    Told by the first transform: `surjax.inference.support(low, high)`, `positive()`, `simplex(n)` and other
    maps onto the line; `real` where no part of the flow bounds anything. Raises ConfigError where a part
    elsewhere does, because bounds may then be any or none.

    >>> import surjax as sx
    >>> support_of(sx.Flow(sx.Normal((2,)), sx.Affine((2,))))
    RealVector(Real(), 1)
    >>> support_of(sx.Flow(sx.Normal((2,)), sx.Simplex(3)))
    Simplex()
    """
    known = told_by_first(flow)
    if known is not None:
        return over_event(known, flow)
    for part in _bounding_parts(flow):
        raise ConfigError(
            f"the flow's {type(part).__name__} bounds numbers, and where that leaves its samples is not told "
            "by its first transform: give support=, such as constraints.real, constraints.interval(low, "
            "high), constraints.circular for angles, or constraints.cat(…, dim=-1) of several."
        )
    return over_event(constraints.real, flow)


def over_event(constraint: Any, flow: Flow) -> Any:
    """The constraint over all axes of one sample; ConfigError where it is of more axes than a sample has."""
    missing = len(flow.shape) - constraint.event_dim
    if missing < 0:
        raise ConfigError(
            f"support is of arrays with {constraint.event_dim} axes and a sample of the flow has shape "
            f"{flow.shape}: give the constraint of one sample."
        )
    if missing == 0:
        return constraint
    if constraint is constraints.real and missing == 1:
        return constraints.real_vector
    return constraints.independent(constraint, missing)


def told_by_first(flow: Flow) -> Any:
    """The constraint of a sample that a flow's first transform is the map of; None where it is none."""
    first = flow.transform
    while isinstance(first, Chain) and first.transforms:
        first = first.transforms[0]
    match first:
        case Bounded():
            return _between(first.low, first.high)
        case Simplex():
            return constraints.simplex
        case Logit() | Inverse(transform=Sigmoid()):
            return constraints.unit_interval
        case Inverse(transform=Softplus()):
            return constraints.positive
        case Inverse(transform=Tanh()):
            return constraints.interval(-1.0, 1.0)
    return None


def _between(low: Fixed | None, high: Fixed | None) -> Any:
    if low is None:
        return constraints.real if high is None else constraints.less_than(high.value)
    return (
        constraints.greater_than(low.value) if high is None else constraints.interval(low.value, high.value)
    )


def _bounding_parts(flow: Flow) -> Iterator[Any]:
    if isinstance(flow.base, _BOUNDED_BASES):
        yield flow.base
    for kind in _BOUNDING:
        yield from parts_of(flow.transform, kind)
