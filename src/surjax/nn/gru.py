"""A network of sequences."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.nn.base import Network
from surjax.nn.deep_set import with_presence
from surjax.typing import Array, Context, Floats


class GRU(Network):
    """y = W h_T + b, h_t = GRU(x_t, h_{t−1}), h₀ = 0: features of a sequence of vectors (Cho et al. 2014).

    x has shape (T, element_size); or it is (elements, present) with present of shape (T,), 1 where an
    element is there: the state goes over the others. `width` is the size of h.

    >>> import jax, surjax as sx
    >>> net = sx.nn.GRU(2, 4, width=8, key=jax.random.key(0))
    >>> net(jax.numpy.ones((10, 2))).shape
    (4,)
    """

    cell: eqx.nn.GRUCell
    last: eqx.nn.Linear

    def __init__(self, element_size: int, out_size: int, *, width: int = 64, key: Any):
        first, second = jax.random.split(key)
        self.cell = eqx.nn.GRUCell(element_size, width, key=first)
        self.last = eqx.nn.Linear(width, out_size, key=second)

    def __call__(self, x: Any, context: Context = None) -> Floats:
        """The features of ONE sequence, shape (out_size,)."""
        elements, present = with_presence(x)

        def step(h: Array, now: tuple[Array, Array]) -> tuple[Array, None]:
            element, there = now
            return jnp.where(there, self.cell(element, h), h), None

        start = jnp.zeros(self.cell.hidden_size, jnp.result_type(elements.dtype, self.last.weight))
        return self.last(jax.lax.scan(step, start, (elements, present))[0])
