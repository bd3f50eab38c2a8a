"""Marginal Gaussianisation: each element's own distribution made normal."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.parameters import Fixed, hold, value
from surjax.transforms.base import Bijection, Transform, forward_batch
from surjax.transforms.univariate.rational_quadratic_spline import RationalQuadraticSpline
from surjax.typing import Array, Context, Numbers, Scalar, Shape

BOUND = 4.5
"""The spline covers normal scores from −BOUND to BOUND; a normal sample of 100,000 stays inside."""
MIN_SIZE = 1e-6


class Gaussianize(Bijection):
    """z_i ≈ Φ⁻¹(F_i(x_i)): an affine map and a rational-quadratic spline for each element.

    Data-dependent initialisation puts the knots at the quantiles of the data, so that each element
    starts out standard normal, whatever its scale, gaps and jumps; training goes on from there unless
    trainable is False (marginal Gaussianisation: Chen and Gopinath 2000; as a trained layer: Meng et
    al. 2020, Gaussianization Flows, section 3). Before it is initialised it is the identity. A
    constant element, or a tie, gets a smallest width instead of an infinite density.
    """

    V: ClassVar[str] = "Σ log ∂τ/∂xᵢ"

    spline: RationalQuadraticSpline
    loc: Fixed
    log_scale: Fixed
    h: Array | Fixed
    shape: Shape = eqx.field(static=True)
    trainable: bool = eqx.field(static=True)

    def __init__(self, shape: Shape, num_bins: int = 32, trainable: bool = True):
        if num_bins < 4:
            raise ConfigError(
                f"Gaussianize was asked for {num_bins} bins and needs at least 4: two of them are tails."
            )
        self.shape, self.trainable = tuple(shape), trainable
        self.spline = RationalQuadraticSpline(num_bins, (-BOUND, BOUND), MIN_SIZE, min_derivative=1e-4)
        self.loc, self.log_scale = Fixed(jnp.zeros(shape)), Fixed(jnp.zeros(shape))
        self.h = hold(jnp.zeros((*shape, self.spline.num_params)), trainable)

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: `shape`."""
        return self.shape

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → (z, Σ log ∂τ/∂x_i)."""
        log_scale = self.log_scale.value
        z, log_derivative = self.spline.forward((x - self.loc.value) * jnp.exp(log_scale), value(self.h))
        return z, (log_derivative + log_scale).sum()

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (x, Σ log ∂τ/∂x_i)."""
        log_scale = self.log_scale.value
        y, log_derivative = self.spline.inverse(z, value(self.h))
        return y * jnp.exp(-log_scale) + self.loc.value, (log_derivative + log_scale).sum()

    def initialize(self, xs: Any, key: Any = None, contexts: Context = None) -> tuple[Transform, Array]:
        """Put the knots at the quantiles of the batch."""
        xs = jnp.asarray(xs)
        columns = xs.reshape(len(xs), -1).T
        loc, log_scale, h = _fit_all(columns, self.spline)
        new = eqx.tree_at(
            lambda g: (g.loc, g.log_scale, g.h),
            self,
            (
                Fixed(loc.reshape(self.shape)),
                Fixed(log_scale.reshape(self.shape)),
                hold(h.reshape(value(self.h).shape), self.trainable),
            ),
        )
        return new, forward_batch(new, xs, None, None)


@eqx.filter_jit
def _fit_all(columns: Array, spline: RationalQuadraticSpline) -> tuple[Array, Array, Array]:
    return jax.vmap(lambda column: _fit(column, spline))(columns)


def _fit(column: Array, spline: RationalQuadraticSpline) -> tuple[Array, Array, Array]:
    """(loc, log scale, spline parameters) that map the quantiles of a column to those of N(0, 1)."""
    n, inner = len(column), spline.num_bins - 2
    p = jnp.linspace(0.0, 1.0, inner + 1)
    quantiles = jnp.quantile(column, p)
    scores = jax.scipy.special.ndtri(jnp.clip(p, 0.5 / n, 1 - 0.5 / n))
    scores = jnp.clip(scores, -0.95 * BOUND, 0.95 * BOUND)
    # outside the data, up to ±BOUND, the map goes on with the data's mean slope
    extent = jnp.maximum(quantiles[-1] - quantiles[0], 1e-6 * (1.0 + jnp.abs(quantiles[0])))
    per_score = extent / (scores[-1] - scores[0])
    tail = (BOUND - scores[-1]) * per_score
    xs = jnp.concatenate([quantiles[:1] - tail, quantiles, quantiles[-1:] + tail])
    zs = jnp.concatenate([jnp.array([-BOUND]), scores, jnp.array([BOUND])])
    widths = jnp.maximum(jnp.diff(xs) / (xs[-1] - xs[0]), 2 * MIN_SIZE)
    heights = jnp.maximum(jnp.diff(zs) / (2 * BOUND), 2 * MIN_SIZE)
    widths, heights = widths / widths.sum(), heights / heights.sum()
    slopes = heights / widths
    derivatives = jnp.sqrt(slopes[1:] * slopes[:-1])
    h = jnp.concatenate(
        [spline.raw_sizes(widths), spline.raw_sizes(heights), spline.raw_derivatives(derivatives)]
    )
    low, high = xs[0], xs[0] + widths.sum() * (xs[-1] - xs[0])
    high = jnp.maximum(high, low + extent)
    return (low + high) / 2, jnp.log(2 * BOUND / (high - low)), h
