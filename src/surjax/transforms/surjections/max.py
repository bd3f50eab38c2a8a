"""The max surjection."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from surjax.distributions.base import Distribution
from surjax.distributions.categorical import Categorical
from surjax.distributions.half_normal import HalfNormal
from surjax.distributions.joint import Joint
from surjax.errors import ConfigError
from surjax.transforms.base import require_shape
from surjax.transforms.surjections.base import Surjection, require_decoder
from surjax.typing import Array, Shape


class Max(Surjection):
    """z = max x, of shape (1,), for a vector of n entries.

    Dropped are where the maximum was, k, and how far the others lie below it, d ≥ 0:

        V = log p(k, d | z)                                      (Nielsen et al. 2020)

    decoder is a distribution of shape ((), (n − 1,)) over k and the differences in the others' order,
    by default `Joint(Categorical((), n), HalfNormal((n − 1,)))`: any place is as likely, and the
    differences are half-normal. Raises ConfigError where n or the decoder does not fit.

    >>> import jax, surjax as sx
    >>> z, contribution, (place, below) = sx.Max(3).encode(jax.numpy.array([2.0, 5.0, 1.0]))
    >>> z, place, below
    (Array([5.], dtype=float32), Array(1, dtype=int32), Array([3., 4.], dtype=float32))
    """

    V: ClassVar[str] = "log p(argmax | z) + log p(differences | z)"

    decoder: Distribution
    shape: Shape = eqx.field(static=True)

    def __init__(self, n: int, decoder: Distribution | None = None):
        if n < 1:
            raise ConfigError(f"the maximum of {n} entries was asked for: give 1 or more.")
        if decoder is None:
            decoder = Joint(Categorical((), n), HalfNormal((n - 1,)))
        self.shape = (n,)
        self.decoder = require_decoder(self, decoder, ((), (n - 1,)))

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of z: (1,)."""
        require_shape(self, x_shape, self.shape)
        return (1,)

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of x: (n,)."""
        require_shape(self, z_shape, (1,))
        return self.shape

    def split(self, x: Array) -> tuple[Array, tuple[Array, Array]]:
        """x → (max x, (argmax x, max x − the others))."""
        z, k, below = take_maximum(x)
        return z[None], (k, below)

    def merge(self, z: Array, dropped: tuple[Array, Array]) -> Array:
        """(max x, (argmax x, max x − the others)) → x."""
        return put_maximum(z[0], *dropped)


def take_maximum(x: Array) -> tuple[Array, Array, Array]:
    """(max x, argmax x, max x − the others in their order), all along the first axis, of n entries.

    For x of shape (n, …) the shapes are (…), (…) and (n − 1, …).
    """
    k, z = jnp.argmax(x, axis=0), x.max(axis=0)
    others = jnp.where(_places(len(x) - 1, x) >= k, x[1:], x[:-1])
    return z, k, z - others


def put_maximum(z: Array, k: Array, below: Array) -> Array:
    """The x that `take_maximum` took apart."""
    gap = jnp.zeros_like(below, shape=(1, *below.shape[1:]))
    before, after = jnp.concatenate([below, gap]), jnp.concatenate([gap, below])
    places = _places(len(before), before)
    return z - jnp.where(places == k, 0, jnp.where(places < k, before, after))


def _places(n: int, like: Array) -> Array:
    """0 … n − 1 along the first axis of an array with as many axes as `like`."""
    return jnp.arange(n).reshape(n, *[1] * (like.ndim - 1))
