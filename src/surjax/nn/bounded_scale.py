"""A bound on the scales that a network gives."""

from typing import Any

import jax
import jax.numpy as jnp

from surjax.nn.base import Network
from surjax.typing import Array, Context


class BoundedScale(Network):
    """A network for an affine coupling whose log-scales are kept within ±g, which is learned, from 1.

        t = network(x)₀,   log s = g·tanh(network(x)₁)           (Dinh et al. 2017, RealNVP, section 4.1)

    The network's channels are a shift and a log-scale for each channel in turn.
    """

    network: Network
    bound: Array

    def __init__(self, network: Network):
        self.network, self.bound = network, jnp.ones(())

    def __call__(self, x: Any, context: Context = None) -> Array:
        """The network's output, with every second channel bounded."""
        return self._bounded(self.network(x, context))

    def initialize(self, xs: Any, contexts: Context = None) -> tuple["BoundedScale", Array]:
        """Initialise the network."""
        network, ys = self.network.initialize(xs, contexts)
        return BoundedScale(network), jax.vmap(self._bounded)(ys)

    def _bounded(self, y: Array) -> Array:
        return y.at[1::2].set(self.bound.astype(y.dtype) * jnp.tanh(y[1::2]))
