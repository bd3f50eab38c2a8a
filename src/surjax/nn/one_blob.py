"""One-blob encoding."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.nn.base import Network, flatten
from surjax.typing import Array, Context


class OneBlob(Network):
    """A network that sees each number of x as a row of bumps: where it lies, softly one-hot.

    x is taken to be roughly normal with standard deviation `scale`; u = Φ(x/scale) becomes
    exp(−½((u − c_k)·num_blobs)²) for centres c_k spread evenly over [0, 1], beside x/scale itself; so
    that the first layer can treat each stretch of x apart, and sharp changes with x are learned in few
    steps (Müller et al. 2019, Neural Importance Sampling). The network takes size·(num_blobs + 1) numbers.
    """

    network: Network
    num_blobs: int = eqx.field(static=True)
    scale: float = eqx.field(static=True)

    def __init__(self, network: Network, num_blobs: int = 32, scale: float = 1.0):
        if num_blobs < 1 or not scale > 0:
            raise ConfigError(
                f"a one-blob encoding of {num_blobs} blobs at scale {scale} was asked for: it needs at "
                "least one blob and a scale above 0."
            )
        self.network, self.num_blobs, self.scale = network, num_blobs, float(scale)

    def __call__(self, x: Any, context: Context = None) -> Array:
        """The network's output for the encoded x and the context."""
        return self.network(self._encoded(x), context)

    def initialize(self, xs: Any, contexts: Context = None) -> tuple["OneBlob", Array]:
        """Initialise the network on the encoded batch."""
        network, ys = self.network.initialize(jax.vmap(self._encoded)(xs), contexts)
        return eqx.tree_at(lambda blobs: blobs.network, self, network), ys

    def _encoded(self, x: Any) -> Array:
        x = flatten(x) / self.scale
        centres = (jnp.arange(self.num_blobs, dtype=x.dtype) + 0.5) / self.num_blobs
        distance = (jax.scipy.special.ndtr(x)[:, None] - centres) * self.num_blobs
        return flatten(jnp.exp(-0.5 * distance * distance), x)
