"""The quadratic spline."""

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.transforms.univariate.bins import check_minimum, find_bin, pick, simplex, upper_ends
from surjax.transforms.univariate.spline import Spline, clamp
from surjax.typing import Array, Numbers, Parameters


class QuadraticSpline(Spline):
    """A monotone piecewise-quadratic map: its slope is piecewise linear (Müller et al. 2019, section 4.3).

    With ξ = (x − x_k)/w_k in bin k and slopes v_k at the knots,

        z = y_k + w_k (v_k ξ + ½ (v_{k+1} − v_k) ξ²),   log ∂z/∂x = log(v_k + (v_{k+1} − v_k) ξ).

    h = (num_bins widths, num_bins − 1 inner slopes), unconstrained. The slopes are scaled so that the
    interval maps onto itself, and are 1 at its ends, so the derivative runs on into the identity tails.
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
        if num_bins < 2 or not 0 <= min_derivative < 1:
            raise ConfigError(
                f"a quadratic spline of {num_bins} bins and min_derivative {min_derivative} was asked for: "
                "it needs two bins or more and min_derivative in [0, 1)."
            )
        self.min_size, self.min_derivative = check_minimum(min_size, num_bins), min_derivative

    @property
    def num_params(self) -> int:
        """How many numbers h holds for each element: 2·num_bins − 1."""
        return 2 * self.num_bins - 1

    def _pieces(self, h: Array) -> tuple[Array, Array, Array]:
        """Widths and heights of the bins, and slopes v_k at the num_bins + 1 knots."""
        widths = simplex(h[..., : self.num_bins], self.min_size)
        # The area under the slopes is Σ v_k a_k over all knots, with a_k the mean of the two widths at a
        # knot (half of one at the ends). The ends have v = 1; the inner a_k add up to what is left.
        areas = 0.5 * (widths[..., 1:] + widths[..., :-1])
        shares = jax.nn.softmax(h[..., self.num_bins :] + jnp.log(areas), axis=-1)
        inner = shares / areas * areas.sum(-1, keepdims=True)
        inner = self.min_derivative + (1 - self.min_derivative) * inner
        one = jnp.ones_like(h[..., :1])
        slopes = jnp.concatenate([one, inner, one], axis=-1)
        return widths, widths * 0.5 * (slopes[..., 1:] + slopes[..., :-1]), slopes

    def forward_inside(self, u: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """u → (v, log ∂v/∂u)."""
        widths, heights, slopes = self._pieces(h)
        x_ends, y_ends = upper_ends(widths), upper_ends(heights)
        index = find_bin(u, x_ends)
        x0, y0, width = pick(x_ends, index - 1), pick(y_ends, index - 1), pick(widths, index)
        v0, v1 = pick(slopes, index), pick(slopes, index + 1)
        xi = clamp((u - x0) / width)
        return y0 + width * xi * (v0 + 0.5 * (v1 - v0) * xi), jnp.log(v0 + (v1 - v0) * xi)

    def inverse_inside(self, v: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """The root of the quadratic, in the form without cancellation."""
        widths, heights, slopes = self._pieces(h)
        x_ends, y_ends = upper_ends(widths), upper_ends(heights)
        index = find_bin(v, y_ends)
        x0, y0, width = pick(x_ends, index - 1), pick(y_ends, index - 1), pick(widths, index)
        v0, v1 = pick(slopes, index), pick(slopes, index + 1)
        # the slope's square rises from v_k² to v_{k+1}² in proportion to the height
        rise = clamp((v - y0) / pick(heights, index))
        slope = jnp.sqrt(v0 * v0 * (1 - rise) + v1 * v1 * rise)
        return x0 + width * rise * (v0 + v1) / (v0 + slope), jnp.log(slope)
