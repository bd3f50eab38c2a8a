"""Activation normalisation."""

from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp

from surjax.transforms.base import Bijection
from surjax.typing import Array, Context, Key, Numbers, Scalar, Shape

LEAST = 1e-6
"""What initialisation adds to a standard deviation (as Glow's code does), which it sets to at
least as much times the mean."""

FAR = 10.0
"""From so many spreads from the median on a value is far."""


class ActNorm(Bijection):
    """z = (x − loc)/scale, a loc and a scale for each channel (Kingma and Dhariwal 2018, Glow, section 3.1).

        V = −Σ log scale, each channel's counted as often as it has elements

    The channels are the entries of the first axis: x has shape (D,) or (C, H, W). With elements, each
    element has a loc and a scale of its own (Ho et al. 2019, Flow++). loc and log scale are learned, from
    0; `initialize` sets them so that a batch comes out with mean 0 and variance 1 in each channel. A
    channel whose values are all the same has no scale of its own: it is given one of 10⁻⁶ (or of
    10⁻⁶·|mean|), so that it comes out as 0 and nothing is infinite. With unbiased, the variance is that of
    the batch with n − 1 in place of n, as in the code of Nielsen et al. (2020). With robust, what lies more
    than ten spreads (by the quartiles) from a channel's median counts as if it lay there, so that a few
    values far out do not squeeze the others; other batches give the same numbers as without.

    >>> import jax, surjax as sx
    >>> xs = 3.0 + 2.0 * jax.random.normal(jax.random.key(0), (100, 2))
    >>> norm, zs = sx.ActNorm((2,)).initialize(xs)
    >>> bool(jax.numpy.allclose(zs.std(0), 1.0, atol=1e-4))
    True
    """

    V: ClassVar[str] = "−Σ log scale"

    loc: Array
    log_scale: Array
    shape: Shape = eqx.field(static=True)
    elements: bool = eqx.field(static=True, default=False)
    unbiased: bool = eqx.field(static=True, default=False)
    robust: bool = eqx.field(static=True, default=False)

    def __init__(self, shape: Shape, elements: bool = False, unbiased: bool = False, robust: bool = False):
        self.shape, self.elements, self.unbiased = tuple(shape), elements, unbiased
        self.robust = robust
        size = self.shape if elements else self.shape[0]
        self.loc, self.log_scale = jnp.zeros(size), jnp.zeros(size)

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: `shape`."""
        return self.shape

    def _parameters(self, dtype) -> tuple[Array, Array]:
        """loc and log scale, to be broadcast over the trailing axes."""
        channels = self.shape if self.elements else (-1, *[1] * (len(self.shape) - 1))
        return self.loc.reshape(channels).astype(dtype), self.log_scale.reshape(channels).astype(dtype)

    def _log_det(self, x: Array) -> Scalar:
        return -self.log_scale.astype(x.dtype).sum() * (x.size // self.log_scale.size)

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → ((x − loc)/scale, −Σ log scale)."""
        loc, log_scale = self._parameters(x.dtype)
        return (x - loc) * jnp.exp(-log_scale), self._log_det(x)

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (scale·z + loc, −Σ log scale)."""
        loc, log_scale = self._parameters(z.dtype)
        return z * jnp.exp(log_scale) + loc, self._log_det(z)

    def initialize(self, xs: Array, key: Key = None, contexts: Context = None) -> tuple["ActNorm", Array]:
        """loc and scale are the batch's mean and standard deviation in each channel (or element)."""
        loc, std = self._moments(xs)
        new = self._with(loc, jnp.log(std))
        loc, log_scale = new._parameters(xs.dtype)
        return new, (xs - loc) * jnp.exp(-log_scale)

    def initialize_inverse(
        self, zs: Array, key: Key = None, contexts: Context = None
    ) -> tuple["ActNorm", Array]:
        """loc and scale are those with which the batch comes back with mean 0 and variance 1."""
        mean, std = self._moments(zs)
        new = self._with(-mean / std, -jnp.log(std))
        loc, log_scale = new._parameters(zs.dtype)
        return new, zs * jnp.exp(log_scale) + loc

    def _moments(self, xs: Array) -> tuple[Array, Array]:
        """Mean and standard deviation of each channel (or element) of a batch; the latter is never 0."""
        axes = 0 if self.elements else tuple(axis for axis in range(xs.ndim) if axis != 1)
        if self.robust:
            xs = _without_far(xs, axes)
        loc = xs.mean(axes)
        less = 1 if self.unbiased and xs.size > loc.size else 0
        return loc, jnp.maximum(xs.std(axes, ddof=less) + LEAST, LEAST * jnp.abs(loc))

    def _with(self, loc: Array, log_scale: Array) -> "ActNorm":
        values = (loc.astype(self.loc.dtype), log_scale.astype(self.loc.dtype))
        return eqx.tree_at(lambda norm: (norm.loc, norm.log_scale), self, values)


def _without_far(xs: Array, axes: Any) -> Array:
    """The batch with what lies far from the median of its channel (or element) moved in to FAR spreads."""
    first, median, third = jnp.quantile(xs, jnp.asarray([0.25, 0.5, 0.75]), axis=axes, keepdims=True)
    far = jnp.where(third > first, FAR * (third - first) / 1.349, jnp.inf)
    return jnp.clip(xs, median - far, median + far)
