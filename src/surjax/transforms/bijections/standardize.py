"""Standardisation by known numbers, without loss of precision."""

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike

from surjax.errors import ConfigError
from surjax.parameters import Fixed
from surjax.spread import LARGEST
from surjax.transforms.base import Bijection, shape_error
from surjax.typing import Context, Numbers, Scalar, Shape


class Standardize(Bijection):
    """z = (x − shift)/scale; V = −Σ log scaleᵢ. Not trained.

    For data whose digits float32 does not hold: time stamps, positions, anything of a large offset or an odd
    unit. The shift is kept as the sum of two float32 numbers, 48 bits. In float32 JAX has rounded x before a
    transform sees it; so a flow whose transform begins with this one is given x as a NumPy array of float64
    or of integers, which is shifted and scaled in float64 before it enters the compiled program, and it gives
    samples back as NumPy arrays of float64. Scales are rounded to float32.

    Args:
        shift: a number for each element of x.
        scale: above 0, a number for each element of x.

    Raises ConfigError where a number is not finite or out of range, ShapeError where the two differ in shape.

    >>> import numpy as np, surjax as sx
    >>> flow = sx.Flow(sx.Normal((1,)), sx.Standardize([1.6e9], [300.0]))
    >>> flow.log_prob(np.array([[1.6e9 + 300.0]])).round(4)
    Array([-7.1227], dtype=float32)
    >>> import jax
    >>> flow.sample(jax.random.key(0), 1).dtype
    dtype('float64')
    """

    V: ClassVar[str] = "−Σ log scaleᵢ"

    shift: Fixed
    scale: Fixed
    shape: Shape = eqx.field(static=True)
    entered: bool = eqx.field(static=True)

    def __init__(self, shift: ArrayLike | Sequence[float], scale: ArrayLike | Sequence[float]):
        moved, scaled = (np.asarray(numbers, np.float64) for numbers in (shift, scale))
        if moved.shape != scaled.shape:
            raise shape_error(self, moved.shape, str(scaled.shape))
        in_range = np.abs(moved) <= LARGEST
        if not (in_range & (scaled >= 1 / LARGEST) & (scaled <= LARGEST)).all():
            raise ConfigError(
                f"Standardize was given shifts {moved.tolist()} and scales {scaled.tolist()}: shifts must be "
                f"within ±{LARGEST:g}, and scales from {1 / LARGEST:g} to {LARGEST:g}."
            )
        high = moved.astype(np.float32)
        low = (moved - high).astype(np.float32)
        self.shift = Fixed(jnp.asarray(np.stack([high, low]), jnp.float32))
        self.scale = Fixed(jnp.asarray(scaled, jnp.float32))
        self.shape, self.entered = scaled.shape, False

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: `shape`."""
        return self.shape

    def as_entered(self, entered: bool) -> "Standardize":
        """The same transform, of x that has entered or has not."""
        new = object.__new__(type(self))
        for field in dataclasses.fields(self):
            object.__setattr__(new, field.name, getattr(self, field.name))
        object.__setattr__(new, "entered", entered)
        return new

    def enter(self, x: Any) -> np.ndarray:
        """(x − shift)/scale of x (…, *shape) on the host, computed in float64: a float32 array."""
        shift, scale = self._host_numbers()
        with np.errstate(over="ignore"):  # a number too far out is infinite, and has no density
            return ((np.asarray(x, np.float64) - shift) / scale).astype(np.float32)

    def leave(self, z: Any) -> np.ndarray:
        """z·scale + shift of z (…, *shape) on the host, the inverse of `enter`: a float64 array."""
        shift, scale = self._host_numbers()
        return np.asarray(z, np.float64) * scale + shift

    def _host_numbers(self) -> tuple[np.ndarray, np.ndarray]:
        return np.asarray(self.shift.array, np.float64).sum(0), np.asarray(self.scale.array, np.float64)

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → ((x − shift)/scale, −Σ log scale_i); of x that has entered the first is x."""
        high, low = self.shift.value.astype(x.dtype)
        scale = self.scale.value.astype(x.dtype)
        return x if self.entered else ((x - high) - low) / scale, -jnp.log(scale).sum()

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (z·scale + shift, −Σ log scale_i); where x is to leave later the first is z."""
        high, low = self.shift.value.astype(z.dtype)
        scale = self.scale.value.astype(z.dtype)
        return z if self.entered else (z * scale + low) + high, -jnp.log(scale).sum()
