"""The cubic spline."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.transforms.univariate.bins import check_minimum, find_bin, pick, simplex, upper_ends
from surjax.transforms.univariate.inversion import solve_increasing
from surjax.transforms.univariate.spline import Spline, clamp
from surjax.typing import Array, Numbers, Parameters


class CubicSpline(Spline):
    """A monotone piecewise-cubic map (Durkan et al. 2019b, Cubic-Spline Flows, section 3).

    With ξ = (x − x_k)/w_k in bin k, slope s = h_k/w_k and knot derivatives d,

        z = y_k + w_k (d_k ξ + (3s − 2d_k − d_{k+1}) ξ² + (d_k + d_{k+1} − 2s) ξ³).

    h = (num_bins widths, num_bins heights, the 2 derivatives at the interval's ends), unconstrained.
    The inner derivatives follow from the slopes (Steffen 1990) in a way that keeps the map monotone;
    those at the ends lie between 0 and three times their bin's slope. The inverse solves the cubic with
    Newton's method in brackets, which has no cancellation where the roots of the formula do.
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
        if not 0 < min_derivative < 1 / 3:
            raise ConfigError(f"min_derivative is {min_derivative} and must lie between 0 and 1/3.")
        self.min_size, self.min_derivative = check_minimum(min_size, num_bins), min_derivative

    @property
    def num_params(self) -> int:
        """How many numbers h holds for each element: 2·num_bins + 2."""
        return 2 * self.num_bins + 2

    def _pieces(self, h: Array) -> tuple[Array, Array, Array]:
        """Widths and heights of the bins, and derivatives d_k at the num_bins + 1 knots."""
        k, least = self.num_bins, self.min_derivative
        widths, heights = simplex(h[..., :k], self.min_size), simplex(h[..., k : 2 * k], self.min_size)
        slopes = heights / widths
        left, right, w_left, w_right = slopes[..., :-1], slopes[..., 1:], widths[..., :-1], widths[..., 1:]
        parabola = (left * w_right + right * w_left) / (w_left + w_right)
        inner = jnp.minimum(2 * jnp.minimum(left, right), parabola)
        # a share of the largest monotone derivative, 3s: one third at h = 0, where all slopes are 1
        third = (1 / 3 - least) / (1 - 2 * least)
        share = least + (1 - 2 * least) * jax.nn.sigmoid(h[..., 2 * k :] + math.log(third / (1 - third)))
        ends = 3 * share * jnp.stack([slopes[..., 0], slopes[..., -1]], axis=-1)
        return widths, heights, jnp.concatenate([ends[..., :1], inner, ends[..., 1:]], axis=-1)

    def forward_inside(self, u: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """u → (v, log ∂v/∂u)."""
        widths, heights, ds = self._pieces(h)
        x_ends = upper_ends(widths)
        index = find_bin(u, x_ends)
        x0, y0 = pick(x_ends, index - 1), pick(upper_ends(heights), index - 1)
        width, d0, d1 = pick(widths, index), pick(ds, index), pick(ds, index + 1)
        xi, slope = clamp((u - x0) / width), pick(heights, index) / width
        rise, log_derivative = _cubic(xi, slope, d0, d1)
        return y0 + width * rise, log_derivative

    def inverse_inside(self, v: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """v → (u, log ∂v/∂u at u)."""
        widths, heights, ds = self._pieces(h)
        y_ends = upper_ends(heights)
        index = find_bin(v, y_ends)
        x0, y0 = pick(upper_ends(widths), index - 1), pick(y_ends, index - 1)
        width, d0, d1 = pick(widths, index), pick(ds, index), pick(ds, index + 1)
        slope, rise = pick(heights, index) / width, (v - y0) / width
        low, high = jnp.zeros_like(v), jnp.ones_like(v)
        xi = solve_increasing(lambda xi: _cubic(xi, slope, d0, d1), rise, low, high)
        return x0 + xi * width, _cubic(xi, slope, d0, d1)[1]


def _cubic(xi: Array, slope: Array, d0: Array, d1: Array) -> tuple[Array, Array]:
    """How far up its bin the map has come, in widths of the bin, and the log of its derivative."""
    square, cube = 3 * slope - 2 * d0 - d1, d0 + d1 - 2 * slope
    derivative = d0 + xi * (2 * square + 3 * cube * xi)
    # positive by construction; rounding is not
    least = 1e-3 * jnp.minimum(slope, jnp.minimum(d0, d1))
    return xi * (d0 + xi * (square + xi * cube)), jnp.log(jnp.maximum(derivative, least))
