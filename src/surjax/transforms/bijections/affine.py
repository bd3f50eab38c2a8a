"""Elementwise affine maps."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike

from surjax.errors import ConfigError
from surjax.parameters import Fixed, hold, value
from surjax.transforms.base import Bijection, require_shape, shape_error
from surjax.typing import Array, Context, Numbers, Scalar, Shape


class Shift(Bijection):
    """z = x + shift; V = 0. Fixed unless trainable.

    shift is a number, or an array that broadcasts to x. With no `shape`, x may have any shape that it
    broadcasts to; with one, x must have it, and so has the learned parameter.

    >>> import surjax as sx
    >>> sx.Shift(0.5).forward(jnp.zeros((1, 2)))[0]
    Array([[0.5, 0.5]], dtype=float32)
    """

    V: ClassVar[str] = "0"

    shift: Array | Fixed
    shape: Shape | None = eqx.field(static=True)
    parameter_shape: Shape = eqx.field(static=True)

    def __init__(self, shift: ArrayLike = 0.0, shape: Shape | None = None, trainable: bool = False):
        array = _spread(shift, shape)
        self.shift, self.parameter_shape = hold(array, trainable), array.shape
        self.shape = None if shape is None else tuple(shape)

    @property
    def fixed_shape(self) -> Shape | None:
        """The only shape of x: `shape`."""
        return self.shape

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of x, to which the shift must broadcast."""
        return _broadcasts(self, x_shape, self.shape, self.parameter_shape)

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of z, to which the shift must broadcast."""
        return self.z_shape(z_shape)

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → (x + shift, 0)."""
        return x + value(self.shift).astype(x.dtype), jnp.zeros((), x.dtype)

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (z − shift, 0)."""
        return z - value(self.shift).astype(z.dtype), jnp.zeros((), z.dtype)


class Scale(Bijection):
    """z = scale·x; V = Σ log |scale_i| over the elements of x. Fixed unless trainable.

    scale is a number other than 0, or an array that broadcasts to x, as for `Shift`; negative scales
    mirror. What is learned is the logarithm of a factor, 1 at the start: training changes no sign and
    never reaches 0. Raises ConfigError where a scale is 0 or not finite.

    >>> import surjax as sx
    >>> sx.Scale(2.0).forward(jnp.ones((1, 2)))
    (Array([[2., 2.]], dtype=float32), Array(1.3862944, dtype=float32))
    """

    V: ClassVar[str] = "Σ log |scaleᵢ|"

    scale: Fixed
    log_factor: Array | None
    shape: Shape | None = eqx.field(static=True)
    parameter_shape: Shape = eqx.field(static=True)

    def __init__(self, scale: ArrayLike = 1.0, shape: Shape | None = None, trainable: bool = False):
        given = np.asarray(scale)
        if not np.isfinite(given).all() or (given == 0).any():
            raise ConfigError(f"scale is {scale} and must be finite and nowhere 0.")
        array = _spread(scale, shape)
        self.scale, self.parameter_shape = Fixed(array), array.shape
        self.log_factor = jnp.zeros_like(array) if trainable else None
        self.shape = None if shape is None else tuple(shape)

    @property
    def fixed_shape(self) -> Shape | None:
        """The only shape of x: `shape`."""
        return self.shape

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of x, to which the scale must broadcast."""
        return _broadcasts(self, x_shape, self.shape, self.parameter_shape)

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of z, to which the scale must broadcast."""
        return self.z_shape(z_shape)

    def _scale(self, x: Array) -> tuple[Array, Scalar]:
        """The scale, and the sum of its logarithm over the elements of x."""
        scale = self.scale.value.astype(x.dtype)
        log_scale = jnp.log(jnp.abs(scale))
        if self.log_factor is not None:
            factor = self.log_factor.astype(x.dtype)
            scale, log_scale = scale * jnp.exp(factor), log_scale + factor
        return scale, log_scale.sum() * (x.size // max(log_scale.size, 1))

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → (scale·x, Σ log |scale|)."""
        scale, log_det = self._scale(x)
        return scale * x, log_det

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (z/scale, Σ log |scale|)."""
        scale, log_det = self._scale(z)
        return z / scale, log_det


class Affine(Bijection):
    """z = scale·x + shift; V = Σ log |scale_i|. Learned unless trainable=False.

    See `Scale` and `Shift`. A neural network's affine map is `Coupling(shape, univariate.Affine(), …)`.

    >>> import surjax as sx
    >>> sx.Affine((2,), shift=1.0, scale=3.0).forward(jnp.ones(2))[0]
    Array([4., 4.], dtype=float32)
    """

    V: ClassVar[str] = "Σ log |scaleᵢ|"

    scale: Scale
    shift: Shift

    def __init__(
        self,
        shape: Shape | None = None,
        shift: ArrayLike = 0.0,
        scale: ArrayLike = 1.0,
        trainable: bool = True,
    ):
        self.scale, self.shift = Scale(scale, shape, trainable), Shift(shift, shape, trainable)

    @property
    def fixed_shape(self) -> Shape | None:
        """The only shape of x: `shape`."""
        return self.scale.shape

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of x, to which scale and shift must broadcast."""
        return self.shift.z_shape(self.scale.z_shape(x_shape))

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of z, to which scale and shift must broadcast."""
        return self.z_shape(z_shape)

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → (scale·x + shift, Σ log |scale|)."""
        y, log_det = self.scale.forward_and_log_det(x)
        return self.shift.forward_and_log_det(y)[0], log_det

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → ((z − shift)/scale, Σ log |scale|)."""
        return self.scale.inverse_and_log_det(self.shift.inverse_and_log_det(z)[0])


def _spread(number: ArrayLike, shape: Shape | None) -> Array:
    """The number, or one for each element of the shape where there is one."""
    array = jnp.asarray(number, float)
    if shape is None:
        return array
    try:
        return jnp.broadcast_to(array, shape)
    except ValueError as error:
        raise ConfigError(
            f"an array of shape {array.shape} was given for x of shape {tuple(shape)}: make it broadcast."
        ) from error


def _broadcasts(owner: Bijection, x_shape: Shape, wanted: Shape | None, parameter: Shape) -> Shape:
    """x_shape, or ShapeError where it is not the one wanted or the parameter does not broadcast to it."""
    require_shape(owner, x_shape, wanted)
    fits = len(parameter) <= len(x_shape) and all(
        p in (1, n) for p, n in zip(reversed(parameter), reversed(x_shape), strict=False)
    )
    if not fits:
        raise shape_error(owner, x_shape, f"shapes that {parameter} broadcasts to")
    return tuple(x_shape)
