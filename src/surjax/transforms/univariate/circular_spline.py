"""The rational-quadratic spline on the circle."""

import math
from typing import Any

import jax.numpy as jnp

from surjax.transforms.univariate.bins import pick
from surjax.transforms.univariate.rational_quadratic import RationalQuadratic
from surjax.typing import Array, Numbers, Parameters


class CircularSpline(RationalQuadratic):
    """A rational-quadratic spline of the circle onto itself (Rezende et al. 2020, section 2.3.1), and a turn.

        z = wrap(spline(wrap(x)) + φ)

    where spline is a `RationalQuadraticSpline` of the interval onto itself whose derivative is the same at
    both ends, so that it is continuously differentiable all round, and wrap moves an angle into the interval
    by whole periods; without the turn φ the ends of the interval would be a fixed point. Any number is an
    angle.

    h = (num_bins widths, num_bins heights, num_bins derivatives, φ in periods), unconstrained. interval is
    [low, high), one period long: [−π, π) by default.

    >>> import jax
    >>> z, log_derivative = CircularSpline(4).forward(jax.numpy.array([3.0, 9.0]), jax.numpy.zeros((2, 13)))
    >>> [round(float(angle), 4) for angle in z]
    [3.0, 2.7168]
    """

    def __init__(
        self,
        num_bins: int = 8,
        interval: tuple[float, float] = (-math.pi, math.pi),
        min_size: float = 1e-3,
        min_derivative: float = 1e-3,
    ):
        super().__init__(num_bins, interval, min_size, min_derivative)

    @property
    def num_params(self) -> int:
        """How many numbers h holds for each element: 3·num_bins + 1."""
        return 3 * self.num_bins + 1

    def raw_at_knots(self, index: Array, raw: Array) -> tuple[Array, Array]:
        """Those of each knot; the last is the first."""
        return pick(raw, index), pick(raw, (index + 1) % self.num_bins)

    def forward(self, x: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """x → (z, log-derivative)."""
        v, log_derivative = self.forward_inside(self._share(x), h[..., :-1])
        return self._angle(v + h[..., -1]), log_derivative

    def inverse(self, z: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """z → (x, log-derivative at x)."""
        low, high = self.interval
        turned = (z - low) / (high - low) - h[..., -1]
        u, log_derivative = self.inverse_inside(_fraction(turned), h[..., :-1])
        return self._angle(u), log_derivative

    def _share(self, x: Any) -> Any:
        """How much of the period lies before an angle, in [0, 1)."""
        low, high = self.interval
        return _fraction((x - low) / (high - low))

    def _angle(self, share: Any) -> Any:
        low, high = self.interval
        return low + (high - low) * _fraction(share)


def _fraction(share: Any) -> Any:
    """A number less the whole below it, in [0, 1]; its derivative is 1."""
    return share - jnp.floor(share)
