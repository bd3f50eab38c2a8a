"""A network of sets."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from surjax.nn.base import Network
from surjax.nn.mlp import MLP
from surjax.typing import Array, Context, Floats


class DeepSet(Network):
    """y = ρ([mean_i φ(x_i), log n]): features of a set of vectors, whatever their order (Zaheer et al. 2017).

    x has shape (n, element_size), n its elements; or it is (elements, present) with present of shape (n,), 1
    where an element is there and 0 where a set that has fewer is filled up. φ and ρ are `MLP`s, φ with
    `width` outputs; hidden and activation are those of both. Where the order says something take `GRU`. The
    features of a set without an element are ρ([0, −log 2]).

    >>> import jax, surjax as sx
    >>> net = sx.nn.DeepSet(2, 4, key=jax.random.key(0))
    >>> x = jax.random.normal(jax.random.key(1), (10, 2))
    >>> bool(jax.numpy.allclose(net(x), net(x[::-1]), atol=1e-5))
    True
    """

    element: MLP
    whole: MLP

    def __init__(
        self,
        element_size: int,
        out_size: int,
        *,
        width: int = 64,
        hidden: Sequence[int] = (64,),
        activation: str = "silu",
        key: Any,
    ):
        first, second = jax.random.split(key)
        self.element = MLP(element_size, width, hidden, activation=activation, key=first)
        self.whole = MLP(width + 1, out_size, hidden, activation=activation, key=second)

    def __call__(self, x: Any, context: Context = None) -> Floats:
        """The features of ONE set, shape (out_size,)."""
        elements, present = with_presence(x)
        features = jnp.where(present[:, None], jax.vmap(self.element)(elements), 0)
        n = present.sum().astype(features.dtype)
        return self.whole(jnp.append(features.sum(0) / jnp.maximum(n, 1), jnp.log(jnp.maximum(n, 0.5))))


def with_presence(x: Any) -> tuple[Array, Array]:
    """(elements, which of them are there) of a set or a sequence that may say it, or has them all.

    What is not there becomes 0, so that it may be anything, NaN too.
    """
    elements, present = x if isinstance(x, tuple | list) else (x, jnp.ones(len(x), bool))
    present = jnp.asarray(present, bool)
    return jnp.where(present[:, None], elements, 0), present
