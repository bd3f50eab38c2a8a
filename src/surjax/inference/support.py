"""Maps made from the bounds of a support: what a flow that starts on the line is ended with."""

import math
from typing import Any

import numpy as np

from surjax.arguments import numbers
from surjax.errors import ConfigError
from surjax.transforms.base import Bijection, Transform
from surjax.transforms.bijections.affine import Scale, Shift
from surjax.transforms.bijections.bounded import Bounded
from surjax.transforms.bijections.permute import Permute
from surjax.transforms.bijections.reshape import Reshape
from surjax.transforms.bijections.simplex import Simplex
from surjax.transforms.chain import Chain
from surjax.transforms.inverse import Inverse
from surjax.transforms.parallel import Parallel
from surjax.typing import Shape


def support(low: Any = -math.inf, high: Any = math.inf, shape: Shape | None = None) -> Transform:
    """The map of x, between bounds, to z on the line, for each number by its own bounds; V = Σ log ∂zᵢ/∂xᵢ.

        low and high   z = logit((x − low)/(high − low))
        low alone      z = log(e^(x − low) − 1), the inverse of softplus
        high alone     z = −log(e^(high − x) − 1)
        neither        z = x

    It is the first transform of a flow's chain, so that its samples lie strictly inside the bounds. low and
    high are numbers or arrays, where ±∞ is no bound; without `shape` x has that of both together, or any
    where both are numbers. Raises ConfigError where they leave no room.

    >>> import jax, surjax as sx
    >>> inside = support([0.0, -1.0, -math.inf], [math.inf, 1.0, math.inf])
    >>> flow = sx.Flow(sx.Normal((3,)), sx.Chain(inside, sx.Affine((3,))))
    >>> x = flow.sample(jax.random.key(0), 1000)
    >>> [bool(told) for told in ((x[:, 0] > 0).all(), (abs(x[:, 1]) < 1).all(), (x[:, 2] < 0).any())]
    [True, True, True]
    """
    lows, highs = (np.asarray(numbers(bound, "a bound"), np.float64) for bound in (low, high))
    if not (lows < highs).all():
        raise ConfigError(f"the bounds {low} and {high} leave no room: low must be below high.")
    free = shape is None and not lows.shape and not highs.shape
    full = np.broadcast_shapes(lows.shape, highs.shape) if shape is None else tuple(shape)
    try:
        lows, highs = np.broadcast_to(lows, full), np.broadcast_to(highs, full)
    except ValueError as error:
        raise ConfigError(
            f"bounds of shapes {lows.shape} and {highs.shape} were given for x of shape {full}: give "
            "numbers, or arrays that broadcast to it."
        ) from error
    kinds = 2 * np.isfinite(lows) + np.isfinite(highs)
    if len(np.unique(kinds)) < 2:
        return _of_one_kind(lows, highs, None if free else full)
    size = math.prod(full)
    order = np.argsort(kinds.ravel(), kind="stable")
    sizes = [int(n) for n in np.unique(kinds, return_counts=True)[1]]
    parts, first = [], 0
    for n in sizes:
        rows = order[first : first + n]
        parts.append(_of_one_kind(lows.ravel()[rows], highs.ravel()[rows], (n,)))
        first += n
    sort = Permute(tuple(int(i) for i in order))
    flat: list[Transform] = [sort, Parallel(parts, sizes), Inverse(sort)]
    if len(full) == 1:
        return Chain(*flat)
    vector = Reshape(full, (size,))
    return Chain(vector, *flat, Inverse(vector))


def _of_one_kind(low: Any, high: Any, shape: Shape | None) -> Bijection:
    bounds = (bound if np.isfinite(bound).all() else None for bound in (low, high))
    return Bounded(*bounds, shape=shape, squeeze=0.0)


def positive(shape: Shape | None = None) -> Transform:
    """The map of x above 0 to z on the line, for each number: `support(0, inf)`.

    >>> import jax
    >>> bool((positive().inverse(jax.numpy.array([-50.0, 0.0, 3.0])) > 0).all())
    True
    """
    return support(0.0, math.inf, shape)


def simplex(n: int) -> Simplex:
    """The map of n shares that add up to 1 to n − 1 numbers on the line: see `surjax.Simplex`.

    >>> import surjax as sx
    >>> sx.Flow(sx.Normal((2,)), simplex(3)).shape
    (3,)
    """
    return Simplex(n)


def circular(low: float = -math.pi, high: float = math.pi) -> Transform:
    """The map of angles with the period [low, high) to those of [−π, π), which flows on a torus are of.

    V = n log(2π/(high − low)). Raises ConfigError where low is not below high.

    >>> import jax
    >>> circular(0.0, 360.0).forward(jax.numpy.array([180.0]))[0]
    Array([0.], dtype=float32)
    """
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ConfigError(f"a period from {low} to {high} was asked for: give finite ends, low below high.")
    return Chain(Shift(-(low + high) / 2), Scale(2 * math.pi / (high - low)))
