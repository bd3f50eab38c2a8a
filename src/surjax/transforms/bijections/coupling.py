"""The coupling bijection."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.nn.base import Network, NetworkOfAnySize, elementwise_parameters, sized_network
from surjax.nn.reach import within_reach
from surjax.nn.sizes import Shapes, Sizes
from surjax.transforms.base import Bijection, forward_batch, inverse_batch
from surjax.transforms.univariate.base import Univariate
from surjax.typing import Array, Context, Key, Numbers, Scalar, Shape


class Coupling(Bijection):
    """One part of x stays and says how the other part is moved (Dinh et al. 2017, section 3.2).

        z_a = x_a,   z_b = τ(x_b; h = network(x_a, context)),   V = Σ log ∂τ/∂x_b

    x of shape `shape` is cut along its first axis: the first num_identity entries (default: half, as
    `shape[0] // 2`) stay and the rest is moved; with swap, the last num_identity entries stay. The
    network gives univariate.num_params numbers for each moved element, those of one element side by side.

    Any univariate family makes its coupling: affine, additive, splines, mixtures. `Coupling.of` builds the
    network too. Raises ConfigError where nothing would stay or nothing would move.

    >>> import jax, surjax as sx
    >>> net = sx.nn.MLP(1, 2, key=jax.random.key(0))
    >>> coupling = sx.Coupling((2,), sx.univariate.Affine(), net)
    """

    V: ClassVar[str] = "Σ log ∂τ/∂x_b"

    univariate: Univariate
    network: Network
    shape: Shape = eqx.field(static=True)
    num_identity: int = eqx.field(static=True)
    swap: bool = eqx.field(static=True)

    def __init__(
        self,
        shape: Shape,
        univariate: Univariate,
        network: Network,
        num_identity: int | None = None,
        swap: bool = False,
    ):
        self.univariate, self.network, self.shape = univariate, network, tuple(shape)
        self.num_identity, self.swap = _num_identity(shape, num_identity), swap

    @classmethod
    def of(
        cls,
        shape: Shape,
        univariate: Univariate,
        network: NetworkOfAnySize,
        *,
        num_identity: int | None = None,
        swap: bool = False,
        context_shape: Shapes | None = None,
        key: Key,
    ) -> "Coupling":
        """The coupling with a network that is built for it, from the part that stays to what moves the rest.

        network is what `nn.Network.of` gives, such as `nn.MLP.of(hidden=(64, 64))`, or a function (in_shape,
        out_shape, key) → network. context_shape is the shape of a context that the network sees, or a
        sequence of shapes. key is for the network's weights, and None where it draws none. Raises ConfigError
        where nothing would stay or move, or where the network cannot have these sizes.

        >>> import jax, surjax as sx
        >>> spline = sx.univariate.RationalQuadraticSpline(num_bins=8)
        >>> coupling = sx.Coupling.of((3,), spline, sx.nn.MLP.of(hidden=(16,)), key=jax.random.key(0))
        >>> coupling.forward(jax.numpy.ones(3))[0].shape
        (3,)
        """
        stay, rest = _num_identity(shape, num_identity), shape[1:]
        sizes = Sizes((stay, *rest), (shape[0] - stay, *rest), univariate.num_params, context_shape)
        return cls(shape, univariate, sized_network(network, sizes, key, "Coupling"), stay, swap)

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: `shape`."""
        return self.shape

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → (z, Σ log ∂τ/∂x_b)."""
        return self._apply(self.univariate.forward, x, context)

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (x, Σ log ∂τ/∂x_b)."""
        return self._apply(self.univariate.inverse, z, context)

    def initialize(self, xs: Array, key: Key = None, contexts: Context = None) -> tuple["Coupling", Array]:
        """Initialise the network on the part of the batch that stays."""
        network = self.network.initialize(jax.vmap(self._parts)(xs)[0], contexts)[0]
        new = eqx.tree_at(lambda coupling: coupling.network, self, network)
        return new, forward_batch(new, xs, key, contexts)

    def initialize_inverse(
        self, zs: Array, key: Key = None, contexts: Context = None
    ) -> tuple["Coupling", Array]:
        """Initialise the network on the part of the batch that stays, which is the same both ways."""
        new = self.initialize(zs, key, contexts)[0]
        return new, inverse_batch(new, zs, key, contexts)

    def _parts(self, x: Array) -> tuple[Array, Array]:
        """The part that stays, and the part that moves."""
        cut = self.shape[0] - self.num_identity if self.swap else self.num_identity
        first, last = x[:cut], x[cut:]
        return (last, first) if self.swap else (first, last)

    def _apply(self, tau: Any, x: Array, context: Context) -> tuple[Array, Scalar]:
        stays, moves = self._parts(x)
        raw = self.network(within_reach(stays), context)
        h = elementwise_parameters(raw, moves.shape, self.univariate.num_params)
        moved, log_derivative = tau(moves, h)
        parts = [moved, stays] if self.swap else [stays, moved]
        return jnp.concatenate(parts), log_derivative.sum()


def _num_identity(shape: Shape, num_identity: int | None) -> int:
    """How many entries stay: half of them where it is not said."""
    num_identity = shape[0] // 2 if num_identity is None else num_identity
    if not 0 < num_identity < shape[0]:
        raise ConfigError(
            f"a coupling of {shape[0]} entries was asked to keep {num_identity} of them: it needs at "
            "least one that stays and one that moves."
        )
    return num_identity
