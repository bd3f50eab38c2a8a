"""The linear spline."""

import equinox as eqx
import jax.numpy as jnp

from surjax.transforms.univariate.bins import check_minimum, find_bin, softmax_bin, softmax_ends
from surjax.transforms.univariate.spline import Spline
from surjax.typing import Numbers, Parameters


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
        """How many numbers h holds for each element: num_bins."""
        return self.num_bins

    def forward_inside(self, u: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """u → (v, log s_k)."""
        index = jnp.minimum(jnp.floor(u * self.num_bins), self.num_bins - 1).astype(int)
        start, height = softmax_bin(h, index, self.min_size)
        xi = u * self.num_bins - index.astype(u.dtype)
        return start + height * xi, jnp.log(height * self.num_bins)

    def inverse_inside(self, v: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """v → (u, log s_k)."""
        index = find_bin(v, softmax_ends(h, self.min_size))
        start, height = softmax_bin(h, index, self.min_size)
        u = (index.astype(v.dtype) + (v - start) / height) / self.num_bins
        return u, jnp.log(height * self.num_bins)
