"""The rational-quadratic spline."""

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.transforms.univariate.spline import Spline, check_minimum, edges, find_bin, pick, simplex
from surjax.typing import Array


class RationalQuadraticSpline(Spline):
    """A monotone rational-quadratic spline (Durkan et al. 2019, Neural Spline Flows, section 3.1).

    With ξ = (x − x_k)/w_k in bin k, slope s = h_k/w_k and knot derivatives d,

        z = y_k + h_k (s ξ² + d_k ξ(1−ξ)) / (s + (d_{k+1} + d_k − 2s) ξ(1−ξ)).

    h = (num_bins widths, num_bins heights, num_bins − 1 inner derivatives), unconstrained; at the
    ends the derivative is 1, so the map is continuously differentiable into the identity tails.
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

    @property
    def num_params(self) -> int:
        """3·num_bins − 1."""
        return 3 * self.num_bins - 1

    def raw_sizes(self, sizes: Array) -> Array:
        """The unconstrained parameters that give these widths or heights, which add up to 1."""
        return jnp.log(jnp.maximum(sizes - self.min_size, 1e-3 * self.min_size + 1e-30))

    def raw_derivatives(self, derivatives: Array) -> Array:
        """The unconstrained parameters that give these inner derivatives."""
        above = jnp.maximum(derivatives - self.min_derivative, 1e-6)
        return _softplus_inverse(above) - _softplus_inverse(jnp.asarray(1.0 - self.min_derivative))

    def _knots(self, h: Array) -> tuple[Array, Array, Array]:
        """Knots x_k and y_k, and derivatives d_k, each of shape (..., num_bins + 1)."""
        k = self.num_bins
        xs = edges(simplex(h[..., :k], self.min_size), self.interval)
        ys = edges(simplex(h[..., k : 2 * k], self.min_size), self.interval)
        # softplus(h + c) + min is 1 at h = 0, so that zero parameters give the identity
        c = jnp.log(jnp.expm1(1.0 - self.min_derivative))
        inner = self.min_derivative + jax.nn.softplus(h[..., 2 * k :] + c)
        one = jnp.ones_like(h[..., :1])
        return xs, ys, jnp.concatenate([one, inner, one], axis=-1)

    def _bin(self, mask: Array, xs: Array, ys: Array, ds: Array) -> tuple[Array, ...]:
        """x_k, y_k, w_k, h_k, d_k, d_{k+1} of the marked bin."""
        x0, x1 = pick(xs[..., :-1], mask), pick(xs[..., 1:], mask)
        y0, y1 = pick(ys[..., :-1], mask), pick(ys[..., 1:], mask)
        return x0, y0, x1 - x0, y1 - y0, pick(ds[..., :-1], mask), pick(ds[..., 1:], mask)

    def forward_inside(self, x: Array, h: Array) -> tuple[Array, Array]:
        """Equations 4 and 5 of the paper."""
        xs, ys, ds = self._knots(h)
        x0, y0, width, height, d0, d1 = self._bin(find_bin(x, xs), xs, ys, ds)
        xi = (x - x0) / width
        slope = height / width
        return y0 + height * _rise(xi, slope, d0, d1), _log_derivative(xi, slope, d0, d1)

    def inverse_inside(self, z: Array, h: Array) -> tuple[Array, Array]:
        """Equations 6 to 8 of the paper: the root of a quadratic, in the form without cancellation."""
        xs, ys, ds = self._knots(h)
        x0, y0, width, height, d0, d1 = self._bin(find_bin(z, ys), xs, ys, ds)
        slope = height / width
        rise = z - y0
        bend = rise * (d0 + d1 - 2 * slope)
        a = height * (slope - d0) + bend
        b = height * d0 - bend
        c = -slope * rise
        root = jnp.sqrt(jnp.maximum(b * b - 4 * a * c, 0.0))
        xi = jnp.clip(2 * c / (-b - root), 0.0, 1.0)
        return x0 + xi * width, _log_derivative(xi, slope, d0, d1)


def _rise(xi: Array, slope: Array, d0: Array, d1: Array) -> Array:
    """How far up its bin the map has come, from 0 to 1."""
    both = xi * (1 - xi)
    return (slope * xi * xi + d0 * both) / (slope + (d0 + d1 - 2 * slope) * both)


def _log_derivative(xi: Array, slope: Array, d0: Array, d1: Array) -> Array:
    both = xi * (1 - xi)
    denominator = slope + (d0 + d1 - 2 * slope) * both
    numerator = slope * slope * (d1 * xi * xi + 2 * slope * both + d0 * (1 - xi) * (1 - xi))
    return jnp.log(numerator) - 2 * jnp.log(denominator)


def _softplus_inverse(y: Array) -> Array:
    """log(eʸ − 1), without overflow."""
    return y + jnp.log(-jnp.expm1(-y))
