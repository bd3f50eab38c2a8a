"""Normal distributions, of which each is given by the elements before it."""

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.distributions.base import Distribution, Parametric
from surjax.distributions.normal import Normal
from surjax.dtypes import as_floats
from surjax.errors import ConfigError
from surjax.nn.autoregressive import Autoregressive
from surjax.nn.base import NetworkOfAnySize, elementwise_parameters, sized_network
from surjax.nn.sizes import Shapes, Sizes
from surjax.typing import Array, Context, Key, Numbers, PRNGKey, Scalar, Shape


class AutoregressiveNormal(Distribution):
    """p(x | context) = ∏_c N(x_c; μ_c, σ_c²) with μ_c, log σ_c = network(x₁ … x_{c−1}, context).

    The elements x_c lie along the first axis of x: with a `nn.ConvLSTM` they are the channels of an image,
    and this is the prior of mAR-SCF (Mahajan et al. 2020, Normalizing Flows with Multi-Scale Autoregressive
    Priors). The likelihood sees all elements at once; a draw makes one after the other. x is a
    bijection of standard normal noise, ε_c = (x_c − μ_c)/σ_c, which a temperature scales: see `to_noise`.

    Raises ConfigError where the network does not give two numbers for each entry.

    >>> import jax, surjax as sx
    >>> prior = sx.AutoregressiveNormal(sx.nn.ConvLSTM((6, 4, 4), 2, hidden=8, key=jax.random.key(0)))
    >>> x = prior.sample(jax.random.key(1))
    >>> bool(jax.numpy.allclose(prior.from_noise(prior.to_noise(x)), x, atol=1e-4))
    True
    """

    network: Autoregressive
    shape: Shape = eqx.field(static=True)

    def __init__(self, network: Autoregressive):
        if network.num_params != 2:
            raise ConfigError(
                f"the {type(network).__name__} gives {network.num_params} numbers for each entry and a "
                "normal takes 2: build it with num_params 2."
            )
        self.network, self.shape = network, network.shape

    @classmethod
    def of(
        cls, shape: Shape, network: NetworkOfAnySize, *, context_shape: Shapes | None = None, key: Key
    ) -> "AutoregressiveNormal":
        """The distribution of x of that shape with a network that is built for it.

        network, context_shape, key and what is raised are as for `MaskedAutoregressive.of`.

        >>> import jax, surjax as sx
        >>> lstm = sx.nn.ConvLSTM.of(hidden=8, layers=1)
        >>> sx.AutoregressiveNormal.of((6, 4, 4), lstm, key=jax.random.key(0)).shape
        (6, 4, 4)
        """
        sizes = Sizes(shape, shape, 2, context_shape)
        return cls(sized_network(network, sizes, key, "AutoregressiveNormal", autoregressive=True))

    def given(self, x: Array, context: Context = None) -> Parametric:
        """The normals of all elements, each given those of x before it."""
        h = elementwise_parameters(self.network(x, context), self.shape, 2)
        return Normal(self.shape).with_parameters(h)

    def log_prob(self, x: Array, key: Key = None, context: Context = None) -> Scalar:
        """Σ_c log N(x_c; μ_c, σ_c²), in nats."""
        x = as_floats(x)
        return self.given(x, context).log_prob(x)

    def to_noise(self, x: Numbers, context: Context = None) -> Numbers:
        """x → ε, standard normal where x is drawn from p(x | context)."""
        return self.given(x, context).to_noise(x)

    def from_noise(self, noise: Array, context: Context = None) -> Array:
        """ε → x, one element after the other."""
        return self._generate(noise, context)[0]

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Array:
        """x_c = μ_c + temperature·σ_c·ε_c, one element after the other."""
        return self.from_noise(temperature * self._noise(key), context)

    def sample_and_log_prob(
        self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0
    ) -> tuple[Array, Scalar]:
        """Draw x, with log p(x | context) in nats (at temperature 1): the network runs once for both."""
        return self._generate(temperature * self._noise(key), context)

    def initialize(self, x: Array, key: Key = None, context: Context = None) -> "AutoregressiveNormal":
        """Initialise the network on the batch."""
        network = self.network.initialize(x, context)[0]
        return eqx.tree_at(lambda normal: normal.network, self, network)

    def _noise(self, key: PRNGKey) -> Array:
        return jax.random.normal(key, self.shape, jnp.result_type(float))

    def _generate(self, noise: Array, context: Context) -> tuple[Array, Scalar]:
        one = Normal(self.shape[1:])

        def decide(h: Array, noise: Array) -> tuple[Array, Array]:
            normal = one.with_parameters(h)
            x = normal.from_noise(noise)
            return x, normal.log_prob(x)

        x, log_probs = self.network.generate(decide, noise, context)
        return x, log_probs.sum()
