"""What the mixture maps share: a mixture's cumulative distribution function as a map of the line."""

import math
from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.transforms.univariate.base import Univariate
from surjax.transforms.univariate.inversion import solve_increasing
from surjax.typing import Array, Numbers, Parameters


class Mixture(Univariate):
    """z = exp(a)·G⁻¹(Σ_k π_k G((x − μ_k)/s_k)) + b, for a symmetric distribution with c.d.f. G.

    A mixture's c.d.f. takes x to (0, 1), the inverse of G back to the line (Ho et al. 2019, Flow++,
    section 3.2); with one component the map is affine. h = (b, a, components × (log π, μ, log s)),
    unconstrained: π is a softmax; the μ_k are spread evenly over [−spread, spread] at h = 0, so that
    components differ from the start; and s_k ≥ min_scale, which it approaches smoothly, or with hard_floor is
    cut off at. shift_first: z = exp(a)·(G⁻¹(…) + b) instead.

    Nothing is computed as a probability. Of the two tails at x the smaller is taken, in logarithms, and
    the derivative is a ratio of hazards ∂ log G: values and gradients stay finite in the far tails,
    where each component's density underflows.

    A subclass says what G is. The inverse lies between the components' own inverses μ_k + s_k z, and is
    found there by Newton's method with bisection.
    """

    components: int = eqx.field(static=True)
    spread: float = eqx.field(static=True)
    min_scale: float = eqx.field(static=True)
    shift_first: bool = eqx.field(static=True, default=False)
    hard_floor: bool = eqx.field(static=True, default=False)

    def __init__(
        self,
        components: int = 8,
        spread: float = 1.0,
        min_scale: float = 1e-3,
        shift_first: bool = False,
        hard_floor: bool = False,
    ):
        if components < 1 or spread < 0 or not 0 < min_scale < 1:
            raise ConfigError(
                f"a mixture of {components} components with spread {spread} and min_scale {min_scale} was "
                "asked for: it needs a component or more, spread ≥ 0 and min_scale between 0 and 1."
            )
        self.components, self.spread, self.min_scale = components, spread, min_scale
        self.shift_first, self.hard_floor = shift_first, hard_floor

    @abstractmethod
    def log_tails(self, a: Array) -> tuple[Array, Array]:
        """(log G(a), log G(−a)): both tails at a, G being symmetric."""

    @abstractmethod
    def log_hazard(self, a: Array, log_lower: Array, log_upper: Array) -> Array:
        """log ∂ log G(a)/∂a, which decreases with a; log_lower and log_upper are the tails at a."""

    @abstractmethod
    def lower_quantile(self, log_p: Array) -> Array:
        """a with log G(a) = log_p, for log_p ≤ log ½."""

    @property
    def num_params(self) -> int:
        """How many numbers h holds for each element: 2 + 3·components."""
        return 2 + 3 * self.components

    def _mixture(self, h: Array) -> tuple[Array, Array, Array]:
        """log π_k, μ_k and log s_k, each of shape (..., components)."""
        k = self.components
        centres = jnp.linspace(-self.spread, self.spread, k, dtype=h.dtype) if k > 1 else 0.0
        log_scales, least = h[..., 2 + 2 * k :], math.log(self.min_scale)
        if self.hard_floor:
            log_scales = jnp.maximum(log_scales, least)
        else:
            log_scales = jnp.logaddexp(log_scales + math.log1p(-self.min_scale), least)
        return jax.nn.log_softmax(h[..., 2 : 2 + k], -1), h[..., 2 + k : 2 + 2 * k] + centres, log_scales

    def _to_line(self, x: Array, mixture: tuple[Array, Array, Array]) -> tuple[Array, Array]:
        """x → (u = G⁻¹(mixture c.d.f.), log ∂u/∂x)."""
        log_weights, locs, log_scales = mixture
        a = (x[..., None] - locs) * jnp.exp(-log_scales)
        log_lower, log_upper = self.log_tails(a)
        # Go on with the tail at x that is at most ½, mirrored where it is the upper one.
        lower = _log_sum_exp(log_weights + log_lower) <= math.log(0.5)
        side, flip = jnp.where(lower, 1.0, -1.0).astype(x.dtype), lower[..., None]
        log_lower, log_upper = jnp.where(flip, log_lower, log_upper), jnp.where(flip, log_upper, log_lower)
        # In the far tail these numbers are large and close to each other: their largest is taken off first.
        log_parts = log_weights + log_lower
        top = jax.lax.stop_gradient(log_parts.max(-1))
        log_parts -= top[..., None]
        log_total = _log_sum_exp(log_parts)
        # ∂ log(tail)/∂x is the mean of the components' hazards, weighted by their shares of the tail.
        log_hazards = self.log_hazard(side[..., None] * a, log_lower, log_upper) - log_scales
        log_hazard = _log_sum_exp(log_parts + log_hazards) - log_total
        # At most ½ but for rounding; the derivative is as if without, where that of a minimum halves at ties.
        log_tail = top + log_total
        log_tail -= jax.lax.stop_gradient(jnp.maximum(log_tail - math.log(0.5), 0.0))
        u = self.lower_quantile(log_tail)
        return side * u, log_hazard - self.log_hazard(u, log_tail, jnp.log1p(-jnp.exp(log_tail)))

    def forward(self, x: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """x → (z, log ∂z/∂x)."""
        u, log_derivative = self._to_line(x, self._mixture(h))
        b, a = h[..., 0], h[..., 1]
        z = (u + b) * jnp.exp(a) if self.shift_first else u * jnp.exp(a) + b
        return z, log_derivative + a

    def inverse(self, z: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """z → (x, log ∂z/∂x at x)."""
        mixture = self._mixture(h)
        _, locs, log_scales = mixture
        b, a = h[..., 0], h[..., 1]
        u = z * jnp.exp(-a) - b if self.shift_first else (z - b) * jnp.exp(-a)
        ends = locs + jnp.exp(log_scales) * u[..., None]
        x = solve_increasing(lambda x: self._to_line(x, mixture), u, ends.min(-1), ends.max(-1))
        return x, self._to_line(x, mixture)[1] + a


def _log_sum_exp(x: Array) -> Array:
    """log Σ exp over the last axis, for finite x."""
    top = jax.lax.stop_gradient(x.max(-1))
    return top + jnp.log(jnp.exp(x - top[..., None]).sum(-1))
