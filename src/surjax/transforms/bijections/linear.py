"""A learned linear map."""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular

from surjax.errors import ConfigError
from surjax.transforms.base import Bijection
from surjax.typing import Array, Context, Scalar, Shape

HIGHEST = jax.lax.Precision.HIGHEST
"""Flow arithmetic is float32 in full, on accelerators too."""


class LULinear(Bijection):
    """z = P L U x with a fixed permutation P and learned triangular L and U; V = Σ log |U_ii|.

    The parametrisation of Glow's 1×1 convolution (Kingma and Dhariwal 2018, section 3.2): L has ones on
    its diagonal, U has ±exp(log_diagonal) with fixed signs, so that the map is always invertible, its
    log-determinant is a sum, and its inverse two triangular solves.

    init is what P L U is at the start: "orthogonal" (a random rotation or reflection), "permutation" (a
    random one) or "identity". Raises ConfigError for another.

    >>> import jax, surjax as sx
    >>> linear = sx.LULinear(3, key=jax.random.key(0))
    >>> bool(abs(linear.forward(jax.numpy.ones(3))[1]) < 1e-5)  # a rotation keeps volume
    True
    """

    V: ClassVar[str] = "Σ log |Uᵢᵢ|"

    permutation: Array
    signs: Array
    lower: Array
    upper: Array
    log_diagonal: Array

    def __init__(self, size: int, init: str = "orthogonal", *, key: Any):
        if init == "orthogonal":
            matrix = jax.random.orthogonal(key, size)
        elif init == "permutation":
            matrix = jax.random.permutation(key, jnp.eye(size))
        elif init == "identity":
            matrix = jnp.eye(size)
        else:
            raise ConfigError(f"init is {init!r} and must be orthogonal, permutation or identity.")
        p, lower, upper = jax.scipy.linalg.lu(matrix)
        diagonal = jnp.diagonal(upper)
        self.permutation = jnp.argmax(p, axis=1)
        self.signs = jnp.where(diagonal < 0, -1, 1).astype(jnp.int8)
        self.lower, self.upper = jnp.tril(lower, -1), jnp.triu(upper, 1)
        self.log_diagonal = jnp.log(jnp.abs(diagonal))

    @property
    def fixed_shape(self) -> Shape:
        """(size,)."""
        return (self.log_diagonal.shape[-1],)

    def _factors(self, dtype) -> tuple[Array, Array, Scalar]:
        """L, U and the log-determinant."""
        lower = jnp.tril(self.lower, -1) + jnp.eye(len(self.lower))
        upper = jnp.triu(self.upper, 1) + jnp.diag(self.signs * jnp.exp(self.log_diagonal))
        return lower.astype(dtype), upper.astype(dtype), self.log_diagonal.sum().astype(dtype)

    def forward_and_log_det(self, x: Array, context: Context = None) -> tuple[Array, Scalar]:
        """x → (P L U x, Σ log |U_ii|)."""
        lower, upper, log_det = self._factors(x.dtype)
        matrix = jnp.matmul(lower, upper, precision=HIGHEST)[self.permutation]
        return jnp.matmul(matrix, x, precision=HIGHEST), log_det

    def inverse_and_log_det(self, z: Array, context: Context = None) -> tuple[Array, Scalar]:
        """z → (U⁻¹ L⁻¹ Pᵀ z, Σ log |U_ii|)."""
        lower, upper, log_det = self._factors(z.dtype)
        y = solve_triangular(lower, z[jnp.argsort(self.permutation)], lower=True, unit_diagonal=True)
        return solve_triangular(upper, y), log_det
