"""The stochastic permutation."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.transforms.stochastic.base import Stochastic
from surjax.typing import Array, Context, Key, PRNGKey, Scalar, Shape


class StochasticPermutation(Stochastic):
    """z is x in a random order, and so is x of z: every order along the first axis is as likely.

        V = log 1/n! − log 1/n! = 0                  (Nielsen et al. 2020)

    The model it makes does not depend on the order of the n entries (of a vector, or of a set of
    points of shape (n, d)), whatever the transforms and the base behind it.

    >>> import jax, surjax as sx
    >>> z, contribution = sx.StochasticPermutation((3,)).forward(jax.numpy.arange(3.0), jax.random.key(0))
    >>> sorted(z.tolist()), contribution
    ([0.0, 1.0, 2.0], Array(0., dtype=float32))
    """

    V: ClassVar[str] = "0"

    shape: Shape = eqx.field(static=True)

    def __init__(self, shape: Shape):
        self.shape = tuple(shape)

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: `shape`."""
        return self.shape

    def draw_z(
        self, key: PRNGKey, x: Any, context: Context, temperature: float | Array
    ) -> tuple[Any, Scalar]:
        """(x in a random order, 0)."""
        return jax.random.permutation(key, x), jnp.zeros(())

    def draw_x(
        self, key: PRNGKey, z: Any, context: Context, temperature: float | Array
    ) -> tuple[Any, Scalar]:
        """(z in a random order, 0)."""
        return self.draw_z(key, z, context, temperature)

    def contribution(self, x: Any, z: Any, key: Key, context: Context) -> Scalar:
        """The contribution: 0."""
        return jnp.zeros(())
