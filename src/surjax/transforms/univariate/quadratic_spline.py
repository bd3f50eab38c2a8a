"""The quadratic spline."""

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.transforms.univariate.spline import Spline, check_minimum, edges, find_bin, pick, simplex
from surjax.typing import Array


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
        """2·num_bins − 1."""
        return 2 * self.num_bins - 1

    def _pieces(self, h: Array) -> tuple[Array, Array, Array]:
        """Knots x_k and y_k, and slopes v_k, each of shape (..., num_bins + 1)."""
        sizes = simplex(h[..., : self.num_bins], self.min_size)
        # The area under the slopes is Σ v_k a_k over all knots, with a_k the mean of the two widths at a
        # knot (half of one at the ends). The ends have v = 1; the inner a_k add up to what is left.
        areas = 0.5 * (sizes[..., 1:] + sizes[..., :-1])
        shares = jax.nn.softmax(h[..., self.num_bins :] + jnp.log(areas), axis=-1)
        inner = shares / areas * areas.sum(-1, keepdims=True)
        inner = self.min_derivative + (1 - self.min_derivative) * inner
        one = jnp.ones_like(h[..., :1])
        slopes = jnp.concatenate([one, inner, one], axis=-1)
        heights = sizes * 0.5 * (slopes[..., 1:] + slopes[..., :-1])
        return edges(sizes, self.interval), edges(heights, self.interval), slopes

    def _bin(self, mask: Array, xs: Array, ys: Array, slopes: Array) -> tuple[Array, ...]:
        """x_k, y_k, w_k, v_k, v_{k+1} of the marked bin."""
        x0, y0 = pick(xs[..., :-1], mask), pick(ys[..., :-1], mask)
        return x0, y0, pick(xs[..., 1:], mask) - x0, pick(slopes[..., :-1], mask), pick(slopes[..., 1:], mask)

    def forward_inside(self, x: Array, h: Array) -> tuple[Array, Array]:
        """x → (z, log ∂z/∂x)."""
        xs, ys, slopes = self._pieces(h)
        x0, y0, width, v0, v1 = self._bin(find_bin(x, xs), xs, ys, slopes)
        xi = (x - x0) / width
        z = y0 + width * xi * (v0 + 0.5 * (v1 - v0) * xi)
        return z, jnp.log(v0 + (v1 - v0) * xi)

    def inverse_inside(self, z: Array, h: Array) -> tuple[Array, Array]:
        """The root of the quadratic, in the form without cancellation."""
        xs, ys, slopes = self._pieces(h)
        x0, y0, width, v0, v1 = self._bin(find_bin(z, ys), xs, ys, slopes)
        rise = (z - y0) / width
        slope = jnp.sqrt(jnp.maximum(v0 * v0 + 2 * (v1 - v0) * rise, self._least_square(v0, v1)))
        return x0 + width * 2 * rise / (v0 + slope), jnp.log(slope)

    def _least_square(self, v0: Array, v1: Array) -> Array:
        """The square of the smaller slope: the slope between two knots lies between theirs."""
        return jnp.square(jnp.minimum(v0, v1))
