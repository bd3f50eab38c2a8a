"""From the simplex to free numbers."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.transforms.base import Bijection, require_shape
from surjax.typing import Array, Context, Scalar, Shape


class Simplex(Bijection):
    """From n shares that add up to 1 to n − 1 free numbers, by breaking a stick (Carpenter et al. 2017,
    Stan).

        z_i = logit(x_i / r_i) + log(n − i)   with what is left of the stick, r_i = x_i + … + x_n
        V = −Σ log x_i − log r_{i+1} + log r_i   over i = 1 … n − 1

    The density of x is that of its first n − 1 shares (the last follows from them), as for Dirichlet's
    distribution. log(n − i) puts equal shares at z = 0. Where x is not on the simplex, to about the digits
    that its floats have, V is −∞. Raises ConfigError where n is below 2.

    >>> import jax, surjax as sx
    >>> sx.Simplex(3).inverse(jax.numpy.zeros(2))
    Array([0.333333, 0.333333, 0.333333], dtype=float32)
    """

    V: ClassVar[str] = "Σ log rᵢ − log xᵢ − log rᵢ₊₁"

    n: int = eqx.field(static=True)

    def __init__(self, n: int):
        if n < 2:
            raise ConfigError(f"a simplex of {n} shares was asked for and needs at least 2.")
        self.n = n

    def z_shape(self, x_shape: Shape) -> Shape:
        """(n − 1,)."""
        require_shape(self, x_shape, (self.n,))
        return (self.n - 1,)

    def x_shape(self, z_shape: Shape) -> Shape:
        """(n,)."""
        require_shape(self, z_shape, (self.n - 1,))
        return (self.n,)

    def forward_and_log_det(self, x: Array, context: Context = None) -> tuple[Array, Scalar]:
        """x → (z, V)."""
        info = jnp.finfo(x.dtype)
        on_it = (x >= 0).all() & (jnp.abs(x.sum() - 1) <= 8 * self.n * float(info.eps))
        x = jnp.maximum(x, float(info.tiny))  # shares that have become 0 too are somewhere
        # what is left is summed from the end, so that the smallest shares at the end keep their digits
        left = jnp.log(jnp.cumsum(x[::-1])[::-1])
        share, rest = jnp.log(x[:-1]), left[1:]
        contribution = jnp.where(on_it, (left[:-1] - share - rest).sum(), -jnp.inf)
        return share - rest + self._offset(x), contribution

    def inverse_and_log_det(self, z: Array, context: Context = None) -> tuple[Array, Scalar]:
        """z → (x, V)."""
        broken = z - self._offset(z)
        log_share, log_rest = jax.nn.log_sigmoid(broken), jax.nn.log_sigmoid(-broken)
        after = jnp.cumsum(log_rest)  # log r_{i+1}
        left = jnp.concatenate([jnp.zeros((1,), z.dtype), after[:-1]])
        x = jnp.exp(jnp.concatenate([left + log_share, after[-1:]]))
        return x, -(log_share + after).sum()

    def _offset(self, like: Array) -> Array:
        return jnp.log(jnp.arange(self.n - 1, 0, -1, dtype=like.dtype))
