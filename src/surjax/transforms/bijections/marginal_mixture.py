"""Marginal Gaussianisation by mixtures."""

import math
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.chunks import map_in_chunks
from surjax.distributions.variational_bayes import posterior
from surjax.errors import SurjaxError
from surjax.transforms.base import Bijection
from surjax.transforms.univariate.normal_mixture import NormalMixture
from surjax.typing import Array, Context, Key, Numbers, PRNGKey, Scalar, Shape

AT_ONCE = 16
"""How many elements' mixtures are found side by side: one alone is too little work for a processor."""


class MarginalMixture(Bijection):
    """z_i = Φ⁻¹(Σ_k π_ik Φ((x_i − μ_ik)/s_ik)) where element i is not normal, and z_i = x_i where it is."""

    V: ClassVar[str] = "Σ log ∂τ/∂xᵢ"

    mixture: NormalMixture
    h: Array
    shape: Shape = eqx.field(static=True)

    def __init__(self, shape: Shape, num_components: int = 8):
        self.shape = tuple(shape)
        self.mixture = NormalMixture(num_components, 0.0, 1e-3)
        self.h = jnp.zeros((*shape, self.mixture.num_params))

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: `shape`."""
        return self.shape

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → (z, Σ log ∂τ/∂x_i)."""
        z, log_derivative = self.mixture.forward(x, self.h)
        return z, log_derivative.sum()

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (x, Σ log ∂τ/∂x_i)."""
        x, log_derivative = self.mixture.inverse(z, self.h)
        return x, log_derivative.sum()

    def initialize(self, xs: Any, key: Key = None, contexts: Context = None) -> tuple[Any, Array]:
        """Find a mixture for each element by variational Bayes; keep those that beat a normal by BIC."""
        if key is None:
            raise SurjaxError("MarginalMixture starts its search at random: pass key=jax.random.key(seed).")
        columns = xs.reshape(len(xs), -1).T
        keys = jax.random.split(key, len(columns))
        fit = jax.vmap(lambda key, column: _fit(key, column, self.mixture))
        h, z = map_in_chunks(lambda both: fit(*both), (keys, columns), len(columns), AT_ONCE)
        new = eqx.tree_at(lambda m: m.h, self, h.reshape(self.h.shape).astype(self.h.dtype))
        return new, z.T.reshape(xs.shape)


def _fit(key: PRNGKey, column: Array, mixture: NormalMixture) -> tuple[Array, Array]:
    """(the parameters of a column's mixture, or those of the identity; what they make of the column)."""
    k, n = mixture.components, len(column)
    q = posterior(key, column[:, None], k).posterior
    factor = q.factor[:, 0, 0] * jnp.sqrt(q.degrees * q.mean_precision / (1 + q.mean_precision))
    scale = jnp.maximum(1 / factor, 1.001 * mixture.min_scale)
    h = jnp.concatenate(
        [
            jnp.zeros(2),
            jnp.log(q.counts),
            q.mean[:, 0],
            jnp.log(scale - mixture.min_scale) - math.log1p(-mixture.min_scale),
        ]
    )
    z, log_derivative = mixture.forward(column, jnp.broadcast_to(h, (n, len(h))))
    gain = (log_derivative - 0.5 * z * z + 0.5 * column * column).sum()
    better = gain > 0.5 * (3 * k - 1) * math.log(n)
    return jnp.where(better, h, 0.0), jnp.where(better, z, column)
