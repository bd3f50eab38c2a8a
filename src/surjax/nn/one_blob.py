"""One-blob encoding."""

from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.nn.base import Network, NetworkOfAnySize, flatten, sized_network
from surjax.nn.sizes import Sizes
from surjax.typing import Array, Batch, Context, Floats, Key


class OneBlob(Network):
    """A network that sees each number of x as a row of bumps: where it lies, softly one-hot.

    x is taken to be roughly normal with standard deviation `scale`; u = Φ(x/scale) becomes
    exp(−½((u − c_k)·num_blobs)²) for centres c_k spread evenly over [0, 1], beside x/scale itself; so
    that the first layer can treat each stretch of x apart, and sharp changes with x are learned in few
    steps (Müller et al. 2019, Neural Importance Sampling). The network takes size·(num_blobs + 1) numbers:
    `OneBlob.of(MLP.of(hidden=(64, 64)))` leaves that to what builds it.
    """

    network: Network
    num_blobs: int = eqx.field(static=True)
    scale: float = eqx.field(static=True)

    def __init__(self, network: Network, *, num_blobs: int = 32, scale: float = 1.0):
        _check(num_blobs, scale)
        self.network, self.num_blobs, self.scale = network, num_blobs, float(scale)

    @classmethod
    def sized(
        cls, sizes: Sizes, network: NetworkOfAnySize, *, key: Key, num_blobs: int = 32, scale: float = 1.0
    ) -> "OneBlob":
        """A network of the numbers that the encoding makes of x."""
        _check(num_blobs, scale)
        encoded = replace(sizes, in_shape=(sizes.x_size * (num_blobs + 1),))
        return cls(sized_network(network, encoded, key, "OneBlob"), num_blobs=num_blobs, scale=scale)

    def __call__(self, x: Any, context: Context = None) -> Floats:
        """The network's output for the encoded x and the context."""
        return self.network(self._encoded(x), context)

    def initialize(self, xs: Any, contexts: Context = None) -> tuple["OneBlob", Batch]:
        """Initialise the network on the encoded batch."""
        network, ys = self.network.initialize(jax.vmap(self._encoded)(xs), contexts)
        return eqx.tree_at(lambda blobs: blobs.network, self, network), ys

    def _encoded(self, x: Any) -> Array:
        x = flatten(x) / self.scale
        centres = (jnp.arange(self.num_blobs, dtype=x.dtype) + 0.5) / self.num_blobs
        distance = (jax.scipy.special.ndtr(x)[:, None] - centres) * self.num_blobs
        return flatten(jnp.exp(-0.5 * distance * distance), x)


def _check(num_blobs: int, scale: float) -> None:
    if num_blobs < 1 or not scale > 0:
        raise ConfigError(
            f"a one-blob encoding of {num_blobs} blobs at scale {scale} was asked for: it needs at "
            "least one blob and a scale above 0."
        )
