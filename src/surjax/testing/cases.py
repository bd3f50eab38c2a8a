"""What is put under the laws: how to make it, and what it takes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from surjax.distributions.base import Distribution
from surjax.nn.autoregressive import Autoregressive
from surjax.testing.samplers import Sampler
from surjax.transforms.base import Transform


@dataclass(frozen=True, eq=False)
class TransformCase:
    """One transform under the laws.

    make: key → the transform. x: key → one x of its domain. edges: xs at the edges of the domain,
    where round trips must hold and gradients be finite. context: key → one context. base: makes the
    distribution of z, with which the model must integrate to 1: over `support`, all the values x can
    take, where x is discrete, and otherwise over the line or plane between `bounds` or, in more
    dimensions, by importance sampling. truth: x → log p(x) under that base, where the model gives only
    a bound. trained: how far parameters are moved at random for the trained-like half of the checks.
    tolerance64 and tolerance32: of round trips, relative and absolute, in float64 and float32. repeats:
    whether z lies in the domain of x, so that the transform can follow itself. tangent: where x lies on a
    surface, such as a simplex, ∂x/∂c of the coordinates c that its density is of, (numbers in x, in c).
    """

    make: Callable[[Any], Transform]
    x: Sampler
    edges: tuple[Any, ...] = ()
    context: Sampler | None = None
    base: Callable[[], Distribution] | None = None
    support: Any = None
    bounds: tuple[float, float] = (-12.0, 12.0)
    truth: Callable[[Any], Any] | None = None
    trained: float = 0.5
    tolerance64: float = 1e-8
    tolerance32: float = 2e-4
    repeats: bool = True
    tangent: Any = None


@dataclass(frozen=True, eq=False)
class DistributionCase:
    """One distribution under the laws.

    make: key → the distribution. context: key → one context. support: all the values of x, where x is
    discrete; otherwise the density is integrated between `bounds` for each of up to two numbers that x
    holds, and by importance sampling for more. edges: xs where gradients of the density must be finite.
    trained: how far parameters are moved at random for the trained-like half of the checks. noise:
    whether it is a bijection of standard normal noise; where it is not, `to_noise` must refuse.
    """

    make: Callable[[Any], Distribution]
    context: Sampler | None = None
    support: Any = None
    bounds: tuple[float, float] = (-30.0, 30.0)
    edges: tuple[Any, ...] = ()
    trained: float = 0.5
    noise: bool = False


@dataclass(frozen=True, eq=False)
class AutoregressiveCase:
    """One autoregressive network under the laws: make is key → the network, context key → one context."""

    make: Callable[[Any], Autoregressive]
    context: Sampler | None = None


Case = TransformCase | DistributionCase | AutoregressiveCase
