"""The residual multilayer perceptron."""

from typing import Any

import equinox as eqx
import jax

from surjax.nn.base import ACTIVATIONS, Network, check_activation, flatten_to
from surjax.nn.linear import zero_linear
from surjax.nn.sizes import Sizes
from surjax.typing import Context, Floats, Key


class ResidualMLP(Network):
    """Pre-activation residual blocks between two linear layers (Durkan et al. 2019a, appendix B.1).

        h₀ = A [x, context],   hₗ = hₗ₋₁ + Wₗ σ(Uₗ σ(hₗ₋₁)),   y = B h_L      (biases left out)

    in_size counts x and every number of the context; width is that of every layer. The blocks start as
    (nearly) the identity: Wₗ is a hundredth of what it would be. zero_last starts the last layer at
    zero, so that a coupling starts at (near) the identity.

    >>> import jax, surjax as sx
    >>> sx.nn.ResidualMLP(2, 3, key=jax.random.key(0))(jax.numpy.ones(2)).shape
    (3,)
    """

    first: eqx.nn.Linear
    blocks: tuple[tuple[eqx.nn.Linear, eqx.nn.Linear], ...]
    last: eqx.nn.Linear
    activation: str = eqx.field(static=True)

    def __init__(
        self,
        in_size: int,
        out_size: int,
        *,
        width: int = 128,
        blocks: int = 2,
        activation: str = "relu",
        zero_last: bool = False,
        key: Any,
    ):
        first, last, *inner = jax.random.split(key, 2 + 2 * blocks)
        linear = [eqx.nn.Linear(width, width, key=k) for k in inner]
        self.first = eqx.nn.Linear(in_size, width, key=first)
        self.blocks = tuple(
            (u, jax.tree.map(lambda leaf: 0.01 * leaf, w))
            for u, w in zip(linear[::2], linear[1::2], strict=True)
        )
        self.last = zero_linear(width, out_size) if zero_last else eqx.nn.Linear(width, out_size, key=last)
        self.activation = check_activation(activation)

    @classmethod
    def sized(cls, sizes: Sizes, *, key: Key, **settings: Any) -> "ResidualMLP":
        """Of x and the context, a vector."""
        return cls(sizes.in_size, sizes.out_size, key=key, **settings)

    def __call__(self, x: Any, context: Context = None) -> Floats:
        """x and the context, flattened, through the layers: shape (out_size,)."""
        activation = ACTIVATIONS[self.activation]
        h = self.first(flatten_to(int(self.first.in_features), x, context, "ResidualMLP"))
        for u, w in self.blocks:
            h = h + w(activation(u(activation(h))))
        return self.last(h)
