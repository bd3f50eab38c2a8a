"""The rational-quadratic spline on an interval, with identity tails."""

import jax.numpy as jnp

from surjax.transforms.univariate.bins import pick
from surjax.transforms.univariate.rational_quadratic import RationalQuadratic
from surjax.typing import Array


class RationalQuadraticSpline(RationalQuadratic):
    """A monotone rational-quadratic spline (Durkan et al. 2019a, Neural Spline Flows, section 3.1).

    With ξ = (x − x_k)/w_k in bin k, slope s = h_k/w_k and knot derivatives d,

        z = y_k + h_k (s ξ² + d_k ξ(1−ξ)) / (s + (d_{k+1} + d_k − 2s) ξ(1−ξ)).

    h = (num_bins widths, num_bins heights, num_bins − 1 inner derivatives), unconstrained; at the
    ends the derivative is 1, so the map is continuously differentiable into the identity tails.
    """

    def __init__(
        self,
        num_bins: int = 8,
        interval: tuple[float, float] = (-5.0, 5.0),
        min_size: float = 1e-3,
        min_derivative: float = 1e-3,
    ):
        super().__init__(num_bins, interval, min_size, min_derivative)

    @property
    def num_params(self) -> int:
        """How many numbers h holds for each element: 3·num_bins − 1."""
        return 3 * self.num_bins - 1

    def raw_sizes(self, sizes: Array) -> Array:
        """The unconstrained parameters that give these widths or heights, which add up to 1."""
        return jnp.log(jnp.maximum(sizes - self.min_size, 1e-3 * self.min_size + 1e-30))

    def raw_derivatives(self, derivatives: Array) -> Array:
        """The unconstrained parameters that give these inner derivatives."""
        above = jnp.maximum(derivatives - self.min_derivative, 1e-6)
        return _softplus_inverse(above) - _softplus_inverse(jnp.asarray(1.0 - self.min_derivative))

    def raw_at_knots(self, index: Array, raw: Array) -> tuple[Array, Array]:
        """Those of the inner knots, and 0 at the interval's ends."""
        return pick(raw, index - 1), pick(raw, index)


def _softplus_inverse(y: Array) -> Array:
    """log(eʸ − 1), without overflow."""
    return y + jnp.log(-jnp.expm1(-y))
