"""A univariate bijection applied to each element, with parameters of its own or from the context."""

from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import ArrayLike

from surjax.nn.base import Network, NetworkOfAnySize, elementwise_parameters, sized_network
from surjax.nn.sizes import Shapes, Sizes
from surjax.parameters import Fixed, hold, value
from surjax.transforms.base import Bijection, forward_batch, inverse_batch
from surjax.transforms.univariate.base import Univariate
from surjax.typing import Array, Context, Key, Numbers, Scalar, Shape


class Elementwise(Bijection):
    """z_i = τ(x_i; h_i) with learned (or, with trainable=False, fixed) parameters h; V = Σ log ∂τ/∂x_i.

    h has shape (*shape, univariate.num_params); it starts at 0, where τ is the identity or near it.
    """

    V: ClassVar[str] = "Σ log ∂τ/∂xᵢ"

    univariate: Univariate
    h: Array | Fixed
    shape: Shape = eqx.field(static=True)

    def __init__(
        self,
        shape: Shape,
        univariate: Univariate,
        h: ArrayLike | None = None,
        trainable: bool = True,
    ):
        full = (*shape, univariate.num_params)
        self.univariate, self.shape = univariate, tuple(shape)
        self.h = hold(jnp.zeros(full) if h is None else jnp.broadcast_to(jnp.asarray(h), full), trainable)

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: `shape`."""
        return self.shape

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → (z, Σ log ∂τ/∂x_i)."""
        z, log_derivative = self.univariate.forward(x, value(self.h))
        return z, log_derivative.sum()

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (x, Σ log ∂τ/∂x_i)."""
        x, log_derivative = self.univariate.inverse(z, value(self.h))
        return x, log_derivative.sum()


class ConditionalElementwise(Bijection):
    """z_i = τ(x_i; h_i) with h = network(context); V = Σ log ∂τ/∂x_i."""

    V: ClassVar[str] = "Σ log ∂τ/∂xᵢ"

    univariate: Univariate
    network: Network
    shape: Shape = eqx.field(static=True)

    def __init__(self, shape: Shape, univariate: Univariate, network: Network):
        self.univariate, self.network, self.shape = univariate, network, tuple(shape)

    @classmethod
    def of(
        cls,
        shape: Shape,
        univariate: Univariate,
        network: NetworkOfAnySize,
        *,
        context_shape: Shapes,
        key: Key,
    ) -> "ConditionalElementwise":
        """The map of x of that shape with a network of the context that is built for it: see `Coupling.of`.

        >>> import jax, surjax as sx
        >>> affine, network = sx.univariate.Affine(), sx.nn.MLP.of(hidden=(16,))
        >>> key = jax.random.key(0)
        >>> move = sx.ConditionalElementwise.of((2,), affine, network, context_shape=(3,), key=key)
        >>> move.forward(jax.numpy.ones(2), context=jax.numpy.ones(3))[0].shape
        (2,)
        """
        sizes = Sizes(context_shape, shape, univariate.num_params)
        return cls(shape, univariate, sized_network(network, sizes, key, "ConditionalElementwise"))

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: `shape`."""
        return self.shape

    def _h(self, context: Any) -> Array:
        return elementwise_parameters(self.network(context), self.shape, self.univariate.num_params)

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → (z, Σ log ∂τ/∂x_i)."""
        z, log_derivative = self.univariate.forward(x, self._h(context))
        return z, log_derivative.sum()

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (x, Σ log ∂τ/∂x_i)."""
        x, log_derivative = self.univariate.inverse(z, self._h(context))
        return x, log_derivative.sum()

    def initialize(
        self, xs: Array, key: Key = None, contexts: Context = None
    ) -> tuple["ConditionalElementwise", Array]:
        """Initialise the network on the contexts."""
        new = self._initialized(contexts)
        return new, forward_batch(new, xs, key, contexts)

    def initialize_inverse(
        self, zs: Array, key: Key = None, contexts: Context = None
    ) -> tuple["ConditionalElementwise", Array]:
        """Initialise the network on the contexts."""
        new = self._initialized(contexts)
        return new, inverse_batch(new, zs, key, contexts)

    def _initialized(self, contexts: Context) -> "ConditionalElementwise":
        return eqx.tree_at(lambda moved: moved.network, self, self.network.initialize(contexts)[0])
