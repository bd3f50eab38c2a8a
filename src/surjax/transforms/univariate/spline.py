"""What the splines share: an interval mapped onto itself, and the identity outside it."""

from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.transforms.univariate.base import Univariate
from surjax.typing import Array, Numbers, Parameters


class Spline(Univariate):
    """A monotone spline that maps an interval onto itself; outside, the identity.

    x outside the interval is moved to its end before the spline sees it, so that nothing there can
    overflow, and values and gradients in the far tails are those of the identity. A subclass maps the
    unit interval onto itself.
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
    def forward_inside(self, u: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """u → (v, log ∂v/∂u), from [0, 1] to [0, 1]."""

    @abstractmethod
    def inverse_inside(self, v: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """v → (u, log ∂v/∂u at u), from [0, 1] to [0, 1]."""

    def forward(self, x: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """x → (z, log-derivative)."""
        return self._with_tails(self.forward_inside, x, h)

    def inverse(self, z: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """z → (x, log-derivative at x)."""
        return self._with_tails(self.inverse_inside, z, h)

    def _with_tails(self, inside, x: Array, h: Array) -> tuple[Array, Array]:
        low, high = self.interval
        outside = (x < low) | (x > high)
        u = (jnp.where(outside, low, x) - low) / (high - low)
        v, log_derivative = inside(u, h)
        return jnp.where(outside, x, low + (high - low) * clamp(v)), jnp.where(outside, 0.0, log_derivative)


def clamp(x: Array) -> Array:
    """x moved into [0, 1], which only rounding has left; the derivative is 1, as if it had not."""
    return x + jax.lax.stop_gradient(jnp.clip(x, 0.0, 1.0) - x)
