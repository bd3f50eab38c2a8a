"""Whitening: a linear map that makes the data uncorrelated."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.parameters import Fixed
from surjax.transforms.base import Bijection
from surjax.typing import Array, Context, Key, Scalar, Shape

RIDGE = 1e-6
"""What initialisation adds to the variance of each column, as a share of it."""


class Whiten(Bijection):
    """z = R⁻ᵀ(x − m) with RᵀR the covariance of the data; V = −Σ log R_ii. Not trained.

    `initialize` takes m and R from a batch, so that its columns come out with mean 0, variance 1 and no
    correlation (Cholesky whitening: Kessy et al. 2018, section 3). R is found by a QR decomposition of the
    data, never from their covariance, whose condition number is the square of theirs: columns that follow
    almost exactly from each other keep their precision in float32. Each variance is raised by one part in
    10⁶, so that a constant or repeated column does no harm. Before it is initialised it is the identity.

    >>> import jax, surjax as sx
    >>> x = jax.random.normal(jax.random.key(0), (200, 2)) @ jax.numpy.array([[3.0, 1.0], [0.0, 0.1]])
    >>> z = sx.Whiten(2).initialize(x)[1]
    >>> bool(jax.numpy.allclose(jax.numpy.cov(z.T, ddof=0), jax.numpy.eye(2), atol=1e-3))
    True
    """

    V: ClassVar[str] = "−Σ log Rᵢᵢ"

    loc: Fixed
    factor: Fixed

    def __init__(self, size: int):
        self.loc, self.factor = Fixed(jnp.zeros(size)), Fixed(jnp.eye(size))

    @property
    def fixed_shape(self) -> Shape:
        """(size,)."""
        return self.loc.array.shape[-1:]

    def _log_det(self, dtype) -> Scalar:
        return -jnp.log(jnp.diagonal(self.factor.value)).sum().astype(dtype)

    def forward_and_log_det(self, x: Array, context: Context = None) -> tuple[Array, Scalar]:
        """x → (R⁻ᵀ(x − m), −Σ log R_ii)."""
        factor = self.factor.value.astype(x.dtype)
        z = jax.scipy.linalg.solve_triangular(factor, x - self.loc.value.astype(x.dtype), trans=1)
        return z, self._log_det(x.dtype)

    def inverse_and_log_det(self, z: Array, context: Context = None) -> tuple[Array, Scalar]:
        """z → (Rᵀz + m, −Σ log R_ii)."""
        factor = self.factor.value.astype(z.dtype)
        x = jnp.matmul(factor.T, z, precision=jax.lax.Precision.HIGHEST) + self.loc.value.astype(z.dtype)
        return x, self._log_det(z.dtype)

    def initialize(self, xs: Array, key: Key = None, contexts: Context = None) -> tuple["Whiten", Array]:
        """m is the mean of the batch and R the triangular factor of its centred rows."""
        n = len(xs)
        loc = xs.mean(0)
        scale = xs.std(0)
        scale = jnp.where(scale > 0, scale, jnp.maximum(jnp.abs(loc), 1.0))
        rows = jnp.concatenate([(xs - loc) / jnp.sqrt(n), jnp.diag(jnp.sqrt(RIDGE) * scale)])
        factor = jnp.linalg.qr(rows, mode="r")
        factor = factor * jnp.sign(jnp.diagonal(factor))[:, None]
        new = eqx.tree_at(lambda w: (w.loc, w.factor), self, (Fixed(loc), Fixed(factor)))
        return new, jax.vmap(lambda x: new.forward_and_log_det(x)[0])(xs)
