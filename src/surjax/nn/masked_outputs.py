"""A network that says nothing of the elements that are present."""

from typing import Any

import equinox as eqx
import jax

from surjax.errors import SurjaxError
from surjax.nn.base import Network, NetworkOfAnySize, sized_network
from surjax.nn.sizes import Sizes
from surjax.typing import Batch, Context, Floats, Key


class MaskedOutputs(Network):
    """y = network(x, context), with 0 for the elements that are not missing.

    For a coupling of a vector some of whose entries are missing. The context is (the present entries with 0
    for the missing ones, which are missing), each of the size of the whole vector; the network gives
    num_params numbers for each of the entries from `first` on that it moves. A family that is the identity
    where all its numbers are 0, as splines and `Affine` by exp are, so leaves the present ones as they are.

    >>> import jax, jax.numpy as jnp, surjax as sx
    >>> network = sx.nn.MLP(5, 2, key=jax.random.key(0))
    >>> masked = sx.nn.MaskedOutputs(network, first=1, num_params=2)
    >>> masked(jnp.ones(1), (jnp.ones(2), jnp.array([True, False])))
    Array([0., 0.], dtype=float32)
    """

    network: Network
    first: int = eqx.field(static=True)
    num_params: int = eqx.field(static=True)

    def __init__(self, network: Network, *, first: int, num_params: int):
        self.network, self.first, self.num_params = network, first, num_params

    @classmethod
    def sized(cls, sizes: Sizes, network: NetworkOfAnySize, *, key: Key, first: int) -> "MaskedOutputs":
        """A network of the same sizes, masked."""
        inner = sized_network(network, sizes, key, "MaskedOutputs")
        return cls(inner, first=first, num_params=sizes.num_params)

    def __call__(self, x: Any, context: Context = None) -> Floats:
        """The network's output, where an element is missing."""
        return self._masked(self.network(x, context), context)

    def initialize(self, xs: Any, contexts: Context = None) -> tuple["MaskedOutputs", Batch]:
        """Initialise the network."""
        network, ys = self.network.initialize(xs, contexts)
        return eqx.tree_at(lambda m: m.network, self, network), jax.vmap(self._masked)(ys, contexts)

    def _masked(self, y: Floats, context: Context) -> Floats:
        if not isinstance(context, tuple) or len(context) != 2:
            raise SurjaxError(
                "MaskedOutputs was not told what is missing: pass context=(present entries, missing)."
            )
        numbers = y.reshape(-1, self.num_params)
        missing = context[1][self.first : self.first + len(numbers)]
        return (numbers * missing[:, None].astype(y.dtype)).ravel()
