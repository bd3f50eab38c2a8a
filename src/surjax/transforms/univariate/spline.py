"""What the splines share: an interval cut into bins, and the identity outside it."""

from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.transforms.univariate.base import Univariate
from surjax.typing import Array


class Spline(Univariate):
    """A monotone spline that maps an interval onto itself; outside, the identity.

    x outside the interval is moved to its end before the spline sees it, so that nothing there can
    overflow, and values and gradients in the far tails are those of the identity.
    """

    num_bins: int = eqx.field(static=True)
    interval: tuple[float, float] = eqx.field(static=True)

    def __init__(self, num_bins: int = 8, interval: tuple[float, float] = (-5.0, 5.0)):
        if num_bins < 1 or not interval[0] < interval[1]:
            raise ConfigError(
                f"a spline of {num_bins} bins on {interval} was asked for: it needs at least one bin "
                "and an interval (low, high) with low < high."
            )
        self.num_bins, self.interval = num_bins, (float(interval[0]), float(interval[1]))

    @abstractmethod
    def forward_inside(self, x: Array, h: Array) -> tuple[Array, Array]:
        """x → (z, log-derivative) for x in the interval."""

    @abstractmethod
    def inverse_inside(self, z: Array, h: Array) -> tuple[Array, Array]:
        """z → (x, log-derivative at x) for z in the interval."""

    def forward(self, x: Array, h: Array) -> tuple[Array, Array]:
        """x → (z, log-derivative)."""
        return self._with_tails(self.forward_inside, x, h)

    def inverse(self, z: Array, h: Array) -> tuple[Array, Array]:
        """z → (x, log-derivative at x)."""
        return self._with_tails(self.inverse_inside, z, h)

    def _with_tails(self, inside, x: Array, h: Array) -> tuple[Array, Array]:
        low, high = self.interval
        outside = (x < low) | (x > high)
        # not jnp.clip, whose derivative at the ends is one half
        y, log_derivative = inside(jnp.where(outside, low, x), h)
        return jnp.where(outside, x, y), jnp.where(outside, 0.0, log_derivative)


def check_minimum(minimum: float, num_bins: int) -> float:
    """The least size of a bin, or ConfigError where num_bins such bins would leave no freedom."""
    if not 0 <= minimum * num_bins < 1:
        raise ConfigError(
            f"min_size is {minimum} for {num_bins} bins, which leaves no freedom: "
            "min_size·num_bins must lie in [0, 1)."
        )
    return float(minimum)


def simplex(raw: Array, minimum: float) -> Array:
    """Positive sizes that add up to 1 along the last axis, each at least `minimum` (softmax above it)."""
    return minimum + (1.0 - minimum * raw.shape[-1]) * jax.nn.softmax(raw, axis=-1)


def edges(sizes: Array, interval: tuple[float, float]) -> Array:
    """Bin edges of an interval from sizes that add up to 1: shape (..., num_bins + 1).

    The sums are a product with a triangular matrix: a cumulative sum over a few bins is several times
    slower when compiled for a CPU.
    """
    low, high = interval
    k = sizes.shape[-1]
    upper = jnp.triu(jnp.ones((k, k - 1), sizes.dtype))
    inner = low + (high - low) * jnp.matmul(sizes, upper, precision=jax.lax.Precision.HIGHEST)
    ends = jnp.broadcast_to(jnp.asarray(interval, sizes.dtype), (*sizes.shape[:-1], 2))
    return jnp.concatenate([ends[..., :1], inner, ends[..., 1:]], axis=-1)


def find_bin(x: Array, edges: Array) -> Array:
    """Which bin x lies in, as a mask of shape (..., num_bins) with one True.

    A mask, not an index: picking by a masked sum runs, and differentiates, without gather or scatter.
    """
    above = x[..., None] >= edges[..., 1:-1]
    first = jnp.ones_like(above[..., :1], shape=(*x.shape, 1))
    return jnp.concatenate([first, above], axis=-1) & ~jnp.concatenate([above, ~first], axis=-1)


def pick(values: Array, mask: Array) -> Array:
    """The value of the bin that the mask marks."""
    return jnp.where(mask, values, 0.0).sum(-1)
