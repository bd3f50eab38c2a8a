"""Angles as networks see them."""

from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.nn.base import Network, NetworkOfAnySize, flatten, sized_network
from surjax.nn.sizes import Sizes
from surjax.typing import Array, Batch, Context, Floats, Key


class Periodic(Network):
    """A network that sees each number of x as an angle: by cos kx and sin kx for k = 1 … harmonics.

    So what it gives is continuous all round, as the conditioner of a flow on a torus has to be (Rezende et
    al. 2020, section 2.3.2). period is that of x, 2π by default. The network takes 2·harmonics numbers for
    each of x: `Periodic.of(MLP.of(hidden=(64, 64)))` leaves that to what builds it. A context is handed on as
    it is. Raises ConfigError where there is no harmonic or no period.

    >>> import jax, surjax as sx
    >>> network = sx.nn.Periodic(sx.nn.MLP(2, 3, key=jax.random.key(0)))
    >>> one, same = (network(jax.numpy.array([angle])) for angle in (-3.0, 2 * 3.1415927 - 3.0))
    >>> bool(jax.numpy.allclose(one, same, atol=1e-5))
    True
    """

    network: Network
    harmonics: int = eqx.field(static=True)
    period: float = eqx.field(static=True)

    def __init__(self, network: Network, *, harmonics: int = 1, period: float = 2 * jnp.pi):
        _check(harmonics, period)
        self.network, self.harmonics, self.period = network, harmonics, float(period)

    @classmethod
    def sized(
        cls,
        sizes: Sizes,
        network: NetworkOfAnySize,
        *,
        key: Key,
        harmonics: int = 1,
        period: float = 2 * jnp.pi,
    ) -> "Periodic":
        """A network of the numbers that x becomes."""
        _check(harmonics, period)
        encoded = replace(sizes, in_shape=(sizes.x_size * 2 * harmonics,))
        return cls(sized_network(network, encoded, key, "Periodic"), harmonics=harmonics, period=period)

    def __call__(self, x: Any, context: Context = None) -> Floats:
        """The network's output for the angles and the context."""
        return self.network(self._encoded(x), context)

    def initialize(self, xs: Any, contexts: Context = None) -> tuple["Periodic", Batch]:
        """Initialise the network on the batch as it sees it."""
        network, ys = self.network.initialize(jax.vmap(self._encoded)(xs), contexts)
        return eqx.tree_at(lambda periodic: periodic.network, self, network), ys

    def _encoded(self, x: Any) -> Array:
        angle = flatten(x)[:, None] * (2 * jnp.pi / self.period * jnp.arange(1, self.harmonics + 1))
        return flatten(jnp.cos(angle), jnp.sin(angle))


def _check(harmonics: int, period: float) -> None:
    if harmonics < 1 or not period > 0:
        raise ConfigError(
            f"{harmonics} harmonics of a period of {period} were asked for: give at least one, and a period "
            "above 0."
        )
