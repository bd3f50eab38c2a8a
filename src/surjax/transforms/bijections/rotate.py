"""A learned rotation."""

import math
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.parameters import Fixed, hold, value
from surjax.transforms.base import Bijection
from surjax.typing import Array, Context, Numbers, Scalar, Shape


class Rotation(Bijection):
    """z = Hₙ … H₁ x, a product of reflections Hᵢ = 1 − 2 vᵢvᵢᵀ/‖vᵢ‖² (Tomczak and Welling 2016); V = 0.

    An even number n of Householder reflections is a rotation; with n ≥ size, any rotation. The vᵢ are
    learned (unless trainable=False) and start at random. In the plane, `Rotation.by_angle` starts at a
    given angle. Raises ConfigError where n is odd or less than 2.

    >>> import jax, surjax as sx
    >>> z, _ = sx.Rotation.by_angle(jax.numpy.pi / 2).forward(jax.numpy.array([1.0, 0.0]))
    >>> bool(jax.numpy.allclose(z, jax.numpy.array([0.0, 1.0]), atol=1e-6))
    True
    """

    V: ClassVar[str] = "0"

    normals: Array | Fixed
    size: int = eqx.field(static=True)

    def __init__(self, size: int, reflections: int | None = None, trainable: bool = True, *, key: Any):
        n = 2 * math.ceil(size / 2) if reflections is None else reflections
        if n < 2 or n % 2:
            raise ConfigError(f"{n} reflections are no rotation: their number must be even and 2 or more.")
        self.normals, self.size = hold(jax.random.normal(key, (n, size)), trainable), size

    @classmethod
    def by_angle(cls, angle: float | Array, trainable: bool = True) -> "Rotation":
        """The rotation of the plane by an angle in radians, anticlockwise."""
        rotation = cls(2, 2, trainable, key=jax.random.key(0))
        half = jnp.asarray(angle, float) / 2  # two mirrors turn by twice the angle between them
        normals = jnp.array([[1.0, 0.0], [jnp.cos(half), jnp.sin(half)]])
        return eqx.tree_at(lambda r: r.normals, rotation, hold(normals, trainable))

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: (size,)."""
        return (self.size,)

    def matrix(self) -> Array:
        """The orthogonal matrix, shape (size, size)."""
        normals = value(self.normals)

        def reflect(product: Array, v: Array) -> tuple[Array, None]:
            square = v @ v
            safe = square > jnp.finfo(v.dtype).tiny  # a normal of length 0 reflects nothing
            twice = jnp.where(safe, 2 / jnp.where(safe, square, 1.0), 0.0)
            return product - twice * jnp.outer(v, v @ product), None

        with jax.default_matmul_precision("highest"):
            return jax.lax.scan(reflect, jnp.eye(self.size, dtype=normals.dtype), normals)[0]

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → (R x, 0)."""
        matrix = self.matrix().astype(x.dtype)
        return jnp.matmul(matrix, x, precision=jax.lax.Precision.HIGHEST), jnp.zeros((), x.dtype)

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (Rᵀ z, 0)."""
        matrix = self.matrix().astype(z.dtype)
        return jnp.matmul(matrix.T, z, precision=jax.lax.Precision.HIGHEST), jnp.zeros((), z.dtype)
