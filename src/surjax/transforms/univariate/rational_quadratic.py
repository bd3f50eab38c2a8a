"""What the rational-quadratic splines share: all but the derivatives at their knots."""

import math
from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.transforms.univariate.bins import (
    check_minimum,
    find_bin,
    softmax_bin,
    softmax_ends,
    softplus,
)
from surjax.transforms.univariate.spline import Spline, clamp
from surjax.typing import Array, Numbers, Parameters


class RationalQuadratic(Spline):
    """A monotone rational-quadratic spline (Durkan et al. 2019a, Neural Spline Flows, section 3.1).

    With ξ = (x − x_k)/w_k in bin k, slope s = h_k/w_k and knot derivatives d,

        z = y_k + h_k (s ξ² + d_k ξ(1−ξ)) / (s + (d_{k+1} + d_k − 2s) ξ(1−ξ)).

    h = (num_bins widths, num_bins heights, derivatives), unconstrained. A subclass says what the derivatives
    at both knots of a bin are.
    """

    min_size: float = eqx.field(static=True)
    min_derivative: float = eqx.field(static=True)

    def __init__(
        self,
        num_bins: int = 8,
        interval: tuple[float, float] = (-5.0, 5.0),
        min_size: float = 1e-3,
        min_derivative: float = 1e-3,
    ):
        super().__init__(num_bins, interval)
        if not 0 <= min_derivative < 1:
            raise ConfigError(f"min_derivative is {min_derivative} and must lie in [0, 1).")
        self.min_size, self.min_derivative = check_minimum(min_size, num_bins), min_derivative

    @abstractmethod
    def raw_at_knots(self, index: Array, raw: Array) -> tuple[Array, Array]:
        """The unconstrained derivatives (d_k, d_{k+1}) of a bin; 0 is a derivative of 1."""

    def _bin(self, index: Array, h: Array) -> tuple[Array, ...]:
        """x_k, y_k, w_k, h_k, d_k, d_{k+1} of a bin, on the unit interval."""
        widths, heights, raw = self._split(h)
        x0, width = softmax_bin(widths, index, self.min_size)
        y0, height = softmax_bin(heights, index, self.min_size)
        # softplus(0 + c) + min is 1: the derivative at h = 0
        c = math.log(math.expm1(1.0 - self.min_derivative))
        d0, d1 = (self.min_derivative + softplus(d + c) for d in self.raw_at_knots(index, raw))
        return x0, y0, width, height, d0, d1

    def _split(self, h: Array) -> tuple[Array, Array, Array]:
        """Widths, heights and derivatives, unconstrained."""
        k = self.num_bins
        widths, heights, raw = jax.lax.split(h, (k, k, h.shape[-1] - 2 * k), axis=h.ndim - 1)
        return widths, heights, raw

    def forward_inside(self, u: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """Equations 4 and 5 of the paper."""
        index = find_bin(u, softmax_ends(self._split(h)[0], self.min_size))
        x0, y0, width, height, d0, d1 = self._bin(index, h)
        xi, slope = clamp((u - x0) / width), height / width
        return y0 + height * _rise(xi, slope, d0, d1), _log_derivative(xi, slope, d0, d1)

    def inverse_inside(self, v: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """Equations 6 to 8 of the paper: the root of a quadratic, in forms without cancellation."""
        index = find_bin(v, softmax_ends(self._split(h)[1], self.min_size))
        x0, y0, width, height, d0, d1 = self._bin(index, h)
        rise, slope = clamp((v - y0) / height), height / width
        # (s − b) ξ² + b ξ − s·rise = 0, whose discriminant is a sum of two terms that are not negative
        b = d0 * (1 - rise) - d1 * rise + 2 * slope * rise
        root = jnp.sqrt((b - 2 * slope * rise) ** 2 + 4 * slope**2 * rise * (1 - rise))
        above = b >= 0
        xi = jnp.where(above, 2 * slope * rise, root - b) / jnp.where(above, b + root, 2 * (slope - b))
        return x0 + xi * width, _log_derivative(xi, slope, d0, d1)


def _rise(xi: Array, slope: Array, d0: Array, d1: Array) -> Array:
    """How far up its bin the map has come, from 0 to 1."""
    both = xi * (1 - xi)
    return (slope * xi * xi + d0 * both) / (slope * (1 - 2 * both) + (d0 + d1) * both)


def _log_derivative(xi: Array, slope: Array, d0: Array, d1: Array) -> Array:
    both = xi * (1 - xi)
    denominator = slope * (1 - 2 * both) + (d0 + d1) * both
    numerator = slope * slope * (d1 * xi * xi + 2 * slope * both + d0 * (1 - xi) * (1 - xi))
    return jnp.log(numerator) - 2 * jnp.log(denominator)
