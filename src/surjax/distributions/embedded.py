"""A distribution that sees features of its context."""

from typing import Any

import equinox as eqx

from surjax.distributions.base import Distribution
from surjax.nn.base import Network
from surjax.typing import Array, Context, Key, PRNGKey, Scalar


class Embedded(Distribution):
    """p(x | context) = q(x | network(context)): the context goes through a network once, before it is used.

    So that every step of a conditional flow q is given the same learned features, as in the variational
    dequantisation of Flow++ (Ho et al. 2019, section 3.3).

    >>> import jax, surjax as sx
    >>> features = sx.nn.MLP(3, 4, key=jax.random.key(0))
    >>> inner = sx.Conditional(sx.Normal((2,)), sx.nn.MLP(4, 4, key=jax.random.key(1)))
    >>> sx.Embedded(inner, features).log_prob(jax.numpy.zeros(2), context=jax.numpy.ones(3)).shape
    ()
    """

    distribution: Distribution
    network: Network
    shape: Any = eqx.field(static=True)

    def __init__(self, distribution: Distribution, network: Network):
        self.distribution, self.network, self.shape = distribution, network, distribution.shape

    @property
    def exact(self) -> bool:
        """Whether log p(x) is exact: whether that of q is."""
        return self.distribution.exact

    def log_prob(self, x: Any, key: Key = None, context: Context = None) -> Scalar:
        """log q(x | network(context)), in nats."""
        return self.distribution.log_prob(x, key, self.network(context))

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Any:
        """Draw x ~ q(x | network(context))."""
        return self.distribution.sample(key, context=self.network(context), temperature=temperature)

    def sample_and_log_prob(
        self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0
    ) -> tuple[Any, Scalar]:
        """Draw x ~ q(x | network(context)), with its log-density: the network runs once for both."""
        features = self.network(context)
        return self.distribution.sample_and_log_prob(key, context=features, temperature=temperature)

    def to_noise(self, x: Any, context: Context = None) -> Any:
        """x → the noise that q(· | network(context)) makes it of; raises ConfigError where q has none."""
        return self.distribution.to_noise(x, self.network(context))

    def from_noise(self, noise: Any, context: Context = None) -> Any:
        """noise → x, as q(· | network(context)) makes it."""
        return self.distribution.from_noise(noise, self.network(context))

    def initialize(self, x: Any, key: Key = None, context: Context = None) -> "Embedded":
        """Initialise the network on the batch of contexts, and q on x given their features."""
        network, features = self.network.initialize(context)
        return Embedded(self.distribution.initialize(x, key, features), network)

    def initialize_sampler(self, n: int, key: PRNGKey, context: Context = None) -> tuple["Embedded", Any]:
        """Initialise the network on the batch of contexts, and q on their features."""
        network, features = self.network.initialize(context)
        distribution, x = self.distribution.initialize_sampler(n, key, features)
        return Embedded(distribution, network), x
