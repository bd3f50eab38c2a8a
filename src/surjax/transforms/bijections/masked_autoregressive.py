"""The masked autoregressive bijection."""

from typing import ClassVar

import equinox as eqx

from surjax.errors import ConfigError
from surjax.nn.autoregressive import Autoregressive
from surjax.nn.base import NetworkOfAnySize, elementwise_parameters, sized_network
from surjax.nn.sizes import Shapes, Sizes
from surjax.transforms.base import Bijection, forward_batch, inverse_batch
from surjax.transforms.univariate.base import Univariate
from surjax.typing import Array, Context, Key, Numbers, Scalar, Shape


class MaskedAutoregressive(Bijection):
    """Each element is moved as those before it say (Papamakarios et al. 2017, MAF, section 3).

        z_i = τ(x_i; h_i(x₁, …, x_{i−1}, context)),   V = Σ log ∂τ/∂x_i

    An autoregressive network (`nn.Autoregressive`: a MADE for vectors, a ConvLSTM for the channels of an
    image) gives all h_i in one pass forward. The inverse finds one x_i after the other, and the network
    keeps what it has worked out: a MADE computes each hidden unit once only, so that the inverse costs
    about one pass too.

    Any univariate family makes its flow: affine (MAF), splines, mixtures. Wrapped in `Inverse` it is an
    inverse autoregressive flow (Kingma et al. 2016). `MaskedAutoregressive.of` builds the network too.
    Raises ConfigError where the network does not give the family's number of parameters.

    >>> import jax, surjax as sx
    >>> made = sx.nn.MADE(3, 2, key=jax.random.key(0))
    >>> maf = sx.MaskedAutoregressive(sx.univariate.Affine(), made)
    >>> z, _ = maf.forward(jax.numpy.ones(3))
    >>> bool(jax.numpy.allclose(maf.inverse(z), 1.0, atol=1e-5))
    True
    """

    V: ClassVar[str] = "Σ log ∂τ/∂xᵢ"

    univariate: Univariate
    network: Autoregressive

    def __init__(self, univariate: Univariate, network: Autoregressive):
        if network.num_params != univariate.num_params:
            raise ConfigError(
                f"the {type(network).__name__} gives {network.num_params} numbers for each element and "
                f"{type(univariate).__name__} takes {univariate.num_params}: build it with "
                "univariate.num_params."
            )
        self.univariate, self.network = univariate, network

    @classmethod
    def of(
        cls,
        shape: Shape,
        univariate: Univariate,
        network: NetworkOfAnySize,
        *,
        context_shape: Shapes | None = None,
        key: Key,
    ) -> "MaskedAutoregressive":
        """The map of x of that shape with a network that is built for it.

        network is what `nn.MADE.of` or `nn.ConvLSTM.of` gives, or a function (in_shape, out_shape, key) →
        autoregressive network; context_shape and key are as for `Coupling.of`. Raises ConfigError where the
        network is not autoregressive or cannot have these sizes.

        >>> import jax, surjax as sx
        >>> made = sx.nn.MADE.of(hidden=(16,))
        >>> maf = sx.MaskedAutoregressive.of((3,), sx.univariate.Affine(), made, key=jax.random.key(0))
        >>> maf.network.num_params
        2
        """
        sizes = Sizes(shape, shape, univariate.num_params, context_shape)
        built = sized_network(network, sizes, key, "MaskedAutoregressive", autoregressive=True)
        return cls(univariate, built)

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: `network.shape`."""
        return self.network.shape

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → (z, Σ log ∂τ/∂x_i)."""
        raw = self.network(x, context)
        h = elementwise_parameters(raw, x.shape, self.univariate.num_params)
        z, log_derivative = self.univariate.forward(x, h)
        return z, log_derivative.sum()

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (x, Σ log ∂τ/∂x_i)."""
        x, log_derivative = self.network.generate(lambda h, z: self.univariate.inverse(z, h), z, context)
        return x, log_derivative.sum()

    def initialize(
        self, xs: Array, key: Key = None, contexts: Context = None
    ) -> tuple["MaskedAutoregressive", Array]:
        """Initialise the network on the batch."""
        network = self.network.initialize(xs, contexts)[0]
        new = eqx.tree_at(lambda maf: maf.network, self, network)
        return new, forward_batch(new, xs, key, contexts)

    def initialize_inverse(
        self, zs: Array, key: Key = None, contexts: Context = None
    ) -> tuple["MaskedAutoregressive", Array]:
        """Initialise the network on the xs that the batch was before."""
        new = self.initialize(inverse_batch(self, zs, key, contexts), key, contexts)[0]
        return new, inverse_batch(new, zs, key, contexts)
