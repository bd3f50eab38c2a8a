"""The sort surjection."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from surjax.distributions.base import Distribution
from surjax.distributions.permutation import UniformPermutation
from surjax.transforms.surjections.base import Surjection, require_decoder
from surjax.typing import Array, Floats, Shape


class Sort(Surjection):
    """z = sort(x), for a vector of n entries; what order they came in is dropped.

        V = log p(order | z);   −log n! for a uniform order      (Nielsen et al. 2020)

    order[i] is the entry of x that is i-th in size, the earlier one first where two are equal.
    decoder is a distribution over orderings, by default `UniformPermutation(n)`, which makes the
    model's density exchangeable; `Conditional(PlackettLuce(n), network)` learns the order from z. A
    base to match is `Sorted`. Raises ConfigError where the decoder does not fit.

    >>> import jax, surjax as sx
    >>> sx.Sort(3).forward(jax.numpy.array([2.0, 3.0, 1.0]))
    (Array([1., 2., 3.], dtype=float32), Array(-1.7917595, dtype=float32))
    """

    V: ClassVar[str] = "log p(order | z); uniform order: −log n!"

    decoder: Distribution
    shape: Shape = eqx.field(static=True)

    def __init__(self, n: int, decoder: Distribution | None = None):
        self.shape = (n,)
        self.decoder = require_decoder(self, UniformPermutation(n) if decoder is None else decoder, (n,))

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: (n,)."""
        return self.shape

    def split(self, x: Floats) -> tuple[Floats, Array]:
        """x → (sort(x), order)."""
        order = jnp.argsort(x, stable=True)
        return x[order], order

    def merge(self, z: Floats, dropped: Array) -> Floats:
        """(sort(x), order) → x."""
        return jnp.zeros_like(z).at[dropped].set(z)
