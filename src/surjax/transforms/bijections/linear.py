"""Learned linear maps."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular

from surjax.errors import ConfigError
from surjax.transforms.base import Bijection
from surjax.typing import Array, Context, Numbers, Scalar, Shape

HIGHEST = jax.lax.Precision.HIGHEST
"""Flow arithmetic is float32 in full, on accelerators too."""

LARGEST = 1e30
"""Farther from 0 than this every number is taken to be there: sums would overflow, and ∞ − ∞ is a NaN."""


class LinearMap(Bijection):
    """z = W x with a square matrix W that is learned; V = log |det W|.

    A new parametrisation of W writes `matrix`, `solve` and `log_det`. The vectors may be many at once, as
    the columns of an array of shape (size, n): see `Conv1x1`, which counts the log-determinant of each.
    """

    V: ClassVar[str] = "log |det W|"

    @abstractmethod
    def matrix(self, dtype: Any) -> Array:
        """W, of shape (size, size)."""

    @abstractmethod
    def solve(self, z: Array) -> Array:
        """W⁻¹ z."""

    @abstractmethod
    def log_det(self, dtype: Any) -> Scalar:
        """log |det W|."""

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → (W x, log |det W|)."""
        x = jnp.clip(x, -LARGEST, LARGEST)
        return jnp.matmul(self.matrix(x.dtype), x, precision=HIGHEST), self.log_det(x.dtype)

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (W⁻¹ z, log |det W|)."""
        return self.solve(z), self.log_det(z.dtype)


class LULinear(LinearMap):
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
        p, lower, upper = _one_by_one(lambda key: jax.scipy.linalg.lu(initial_matrix(size, init, key)))(key)
        diagonal = jnp.diagonal(upper)
        self.permutation = jnp.argmax(p, axis=1)
        self.signs = jnp.where(diagonal < 0, -1, 1).astype(jnp.int8)
        self.lower, self.upper = jnp.tril(lower, -1), jnp.triu(upper, 1)
        self.log_diagonal = jnp.log(jnp.abs(diagonal))

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: (size,)."""
        return (self.log_diagonal.shape[-1],)

    def _factors(self, dtype: Any) -> tuple[Array, Array]:
        """L and U."""
        lower = jnp.tril(self.lower, -1) + jnp.eye(len(self.lower))
        upper = jnp.triu(self.upper, 1) + jnp.diag(self.signs * jnp.exp(self.log_diagonal))
        return lower.astype(dtype), upper.astype(dtype)

    def matrix(self, dtype: Any) -> Array:
        """The matrix P L U."""
        lower, upper = self._factors(dtype)
        return jnp.matmul(lower, upper, precision=HIGHEST)[self.permutation]

    def solve(self, z: Array) -> Array:
        """U⁻¹ L⁻¹ Pᵀ z."""
        lower, upper = self._factors(z.dtype)
        y = solve_triangular(lower, z[jnp.argsort(self.permutation)], lower=True, unit_diagonal=True)
        return solve_triangular(upper, y)

    def log_det(self, dtype: Any) -> Scalar:
        """Σ log |U_ii|."""
        return self.log_diagonal.sum().astype(dtype)


class PlainLinear(LinearMap):
    """z = W x with the entries of W as they are; V = log |det W|, worked out anew each time.

    The number of operations of the log-determinant and the inverse grows as size³, and nothing keeps W
    from becoming singular but that V would be −∞ there. init as for `LULinear`.

    >>> import jax, surjax as sx
    >>> linear = sx.PlainLinear(3, key=jax.random.key(0))
    >>> bool(abs(linear.forward(jax.numpy.ones(3))[1]) < 1e-5)  # a rotation keeps volume
    True
    """

    weight: Array

    def __init__(self, size: int, init: str = "orthogonal", *, key: Any):
        self.weight = _one_by_one(lambda key: initial_matrix(size, init, key))(key)

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: (size,)."""
        return (self.weight.shape[-1],)

    def matrix(self, dtype: Any) -> Array:
        """The matrix W."""
        return self.weight.astype(dtype)

    def solve(self, z: Array) -> Array:
        """W⁻¹ z."""
        return jnp.linalg.solve(self.weight.astype(z.dtype), z)

    def log_det(self, dtype: Any) -> Scalar:
        """log |det W|."""
        return jnp.linalg.slogdet(self.weight.astype(dtype))[1]


def _one_by_one(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """What makes matrices of a key, one after the other for the copies of a `Repeat`.

    For a stack of matrices LAPACK's calls on the CPU wait for threads of the pool that they run in: where
    as many of them run side by side as there are threads, a program never ends.
    """
    return jax.custom_batching.sequential_vmap(make)


def initial_matrix(size: int, init: str, key: Any) -> Array:
    """The matrix that a linear map starts from; raises ConfigError for an `init` that there is not."""
    if init == "orthogonal":
        return jax.random.orthogonal(key, size)
    if init == "permutation":
        return jax.random.permutation(key, jnp.eye(size))
    if init == "identity":
        return jnp.eye(size)
    raise ConfigError(f"init is {init!r} and must be orthogonal, permutation or identity.")
