"""The linear spline."""

import equinox as eqx
import jax.numpy as jnp

from surjax.transforms.univariate.spline import Spline, check_minimum, edges, find_bin, pick, simplex
from surjax.typing import Array


class LinearSpline(Spline):
    """A monotone piecewise-linear map on bins of equal width w (Müller et al. 2019, section 4.2).

        z = y_k + s_k (x − x_k),   log ∂z/∂x = log s_k,   s_k = height_k / w

    h = (num_bins heights, unconstrained). The slope jumps at every knot, and at the interval's ends.
    """

    min_size: float = eqx.field(static=True)

    def __init__(
        self, num_bins: int = 8, interval: tuple[float, float] = (-5.0, 5.0), min_size: float = 1e-3
    ):
        super().__init__(num_bins, interval)
        self.min_size = check_minimum(min_size, num_bins)

    @property
    def num_params(self) -> int:
        """num_bins."""
        return self.num_bins

    def _pieces(self, h: Array) -> tuple[Array, Array, Array]:
        """Knots x_k and y_k of shape (..., num_bins + 1), slopes s_k of shape (..., num_bins)."""
        sizes = simplex(h, self.min_size)
        xs = edges(jnp.full_like(sizes, 1.0 / self.num_bins), self.interval)
        return xs, edges(sizes, self.interval), sizes * self.num_bins

    def forward_inside(self, x: Array, h: Array) -> tuple[Array, Array]:
        """x → (z, log s_k)."""
        xs, ys, slopes = self._pieces(h)
        mask = find_bin(x, xs)
        slope = pick(slopes, mask)
        return pick(ys[..., :-1], mask) + slope * (x - pick(xs[..., :-1], mask)), jnp.log(slope)

    def inverse_inside(self, z: Array, h: Array) -> tuple[Array, Array]:
        """z → (x, log s_k)."""
        xs, ys, slopes = self._pieces(h)
        mask = find_bin(z, ys)
        slope = pick(slopes, mask)
        return pick(xs[..., :-1], mask) + (z - pick(ys[..., :-1], mask)) / slope, jnp.log(slope)
