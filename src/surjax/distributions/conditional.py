"""Distributions whose parameters a network gives."""

from typing import Any

import equinox as eqx

from surjax.distributions.base import Distribution, Parametric
from surjax.nn.base import Network, NetworkOfAnySize, elementwise_parameters, missing_context, sized_network
from surjax.nn.sizes import Shapes, Sizes
from surjax.typing import Array, Context, Key, PRNGKey, Scalar, Shape


class Conditional(Distribution):
    """p(x | context) = p(x; h) with h = network(context), for any parametric family.

    The network gives family.num_params unconstrained numbers for each element of x.

    >>> import jax, surjax as sx
    >>> net = sx.nn.MLP(3, 4, key=jax.random.key(0))
    >>> sx.Conditional(sx.Normal((2,)), net).log_prob(jax.numpy.zeros(2), context=jax.numpy.ones(3)).shape
    ()
    """

    family: Parametric
    network: Network
    shape: Shape = eqx.field(static=True)

    def __init__(self, family: Parametric, network: Network):
        self.family, self.network, self.shape = family, network, family.shape

    @classmethod
    def of(
        cls, family: Parametric, network: NetworkOfAnySize, *, context_shape: Shapes, key: Key
    ) -> "Conditional":
        """The distribution with a network of the context that is built for it: see `Coupling.of`.

        >>> import jax, surjax as sx
        >>> network, key = sx.nn.MLP.of(hidden=(16,)), jax.random.key(0)
        >>> normal = sx.Conditional.of(sx.Normal((2,)), network, context_shape=(3,), key=key)
        >>> normal.log_prob(jax.numpy.zeros(2), context=jax.numpy.ones(3)).shape
        ()
        """
        sizes = Sizes(context_shape, family.shape, family.num_params)
        return cls(family, sized_network(network, sizes, key, "Conditional"))

    def given(self, context: Context) -> Parametric:
        """p(· | context), as a distribution of the family; raises SurjaxError where there is no context."""
        if context is None:
            raise missing_context(f"Conditional({type(self.family).__name__})")
        h = elementwise_parameters(self.network(context), self.shape, self.family.num_params)
        return self.family.with_parameters(h)

    def log_prob(self, x: Any, key: Key = None, context: Context = None) -> Scalar:
        """log p(x | context), in nats."""
        return self.given(context).log_prob(x)

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Any:
        """Draw x ~ p(x | context)."""
        return self.given(context).sample(key, temperature=temperature)

    def sample_and_log_prob(
        self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0
    ) -> tuple[Any, Scalar]:
        """Draw x ~ p(x | context), with log p(x | context): the network runs once for both."""
        return self.given(context).sample_and_log_prob(key, temperature=temperature)

    def to_noise(self, x: Any, context: Context = None) -> Any:
        """x → the noise that p(· | context) makes it of; raises ConfigError where the family has none."""
        return self.given(context).to_noise(x)

    def from_noise(self, noise: Any, context: Context = None) -> Any:
        """noise → x, as p(· | context) makes it."""
        return self.given(context).from_noise(noise)

    def initialize(self, x: Any, key: Key = None, context: Context = None) -> "Conditional":
        """Initialise the network on the batch of contexts."""
        if context is None:
            raise missing_context(f"Conditional({type(self.family).__name__})")
        network = self.network.initialize(context)[0]
        return eqx.tree_at(lambda conditional: conditional.network, self, network)


def condition(z: Any, context: Context) -> Context:
    """What a distribution inside a transform is conditioned on: z, or (z, context) where there is one."""
    return z if context is None else (z, context)


def split_condition(both: Context) -> tuple[Array, Context]:
    """(z, context) out of what `condition` made of them, for a z that is an array."""
    return both if isinstance(both, tuple) else (both, None)
