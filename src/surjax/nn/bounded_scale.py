"""A bound on the scales that a network gives."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.nn.base import Network, NetworkOfAnySize, sized_network
from surjax.nn.sizes import Sizes
from surjax.typing import Array, Batch, Context, Floats, Key


class BoundedScale(Network):
    """A network for a coupling whose log-scales are kept within ±g, which is learned, from 1.

        t = network(x)₀,   log s = g·tanh(network(x)₁)           (Dinh et al. 2017, RealNVP, section 4.1)

    The network's channels are num_params numbers for each channel in turn, a shift and a log-scale first.
    channels: how many of them have a g of their own; without it they share one. In
    `BoundedScale.of(network)` per_channel=True says that each has its own.
    """

    network: Network
    bound: Array
    num_params: int = eqx.field(static=True, default=2)

    def __init__(self, network: Network, *, num_params: int = 2, channels: int | None = None):
        self.network, self.num_params = network, num_params
        self.bound = jnp.ones(() if channels is None else (channels, 1, 1))

    @classmethod
    def sized(
        cls, sizes: Sizes, network: NetworkOfAnySize, *, key: Key, per_channel: bool = False
    ) -> "BoundedScale":
        """A network of the same sizes, bounded.

        per_channel: each channel of the image that it moves has a g of its own.
        """
        if sizes.num_params < 2:
            raise ConfigError(
                f"BoundedScale bounds the second of an element's numbers and is to give {sizes.num_params} "
                "for each: take a family that has a scale, such as univariate.Affine."
            )
        channels = sizes.out_channels // sizes.num_params if per_channel else None
        inner = sized_network(network, sizes, key, "BoundedScale")
        return cls(inner, num_params=sizes.num_params, channels=channels)

    def __call__(self, x: Any, context: Context = None) -> Floats:
        """The network's output, with the second channel of each num_params bounded."""
        return self._bounded(self.network(x, context))

    def initialize(self, xs: Any, contexts: Context = None) -> tuple["BoundedScale", Batch]:
        """Initialise the network."""
        network, ys = self.network.initialize(xs, contexts)
        return eqx.tree_at(lambda bounded: bounded.network, self, network), jax.vmap(self._bounded)(ys)

    def penalty(self) -> Array:
        """Σ g², which RealNVP's training keeps small (Dinh et al. 2017, section 4.1)."""
        return (self.bound**2).sum()

    def _bounded(self, y: Array) -> Array:
        scales = slice(1, None, self.num_params)
        return y.at[scales].set(self.bound.astype(y.dtype) * jnp.tanh(y[scales]))
