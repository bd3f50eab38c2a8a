"""The multilayer perceptron."""

from collections.abc import Sequence
from typing import Any

import equinox as eqx

from surjax.nn.base import ACTIVATIONS, Network, check_activation, flatten_to
from surjax.nn.linear import linear_layers
from surjax.nn.sizes import Sizes
from surjax.typing import Context, Floats, Key


class MLP(Network):
    """A multilayer perceptron: y = W_L σ(… σ(W₁ [x, context] + b₁) …) + b_L, a vector to a vector.

    in_size counts x and every number of the context; hidden gives the width of each hidden layer;
    activation is a key of `surjax.nn.ACTIVATIONS`. zero_last starts the last layer at zero, so that
    a coupling starts at (near) the identity.

    >>> import jax, surjax as sx
    >>> sx.nn.MLP(2, 3, hidden=(16, 16), key=jax.random.key(0))(jax.numpy.ones(2)).shape
    (3,)
    """

    layers: tuple[eqx.nn.Linear, ...]
    activation: str = eqx.field(static=True)

    def __init__(
        self,
        in_size: int,
        out_size: int,
        hidden: Sequence[int] = (200, 100),
        *,
        activation: str = "relu",
        zero_last: bool = False,
        key: Any,
    ):
        self.layers = linear_layers((in_size, *hidden, out_size), zero_last, key)
        self.activation = check_activation(activation)

    @classmethod
    def sized(cls, sizes: Sizes, *, key: Key, **settings: Any) -> "MLP":
        """Of x and the context, a vector."""
        return cls(sizes.in_size, sizes.out_size, key=key, **settings)

    def __call__(self, x: Any, context: Context = None) -> Floats:
        """x and the context, flattened, through the layers: shape (out_size,)."""
        activation = ACTIVATIONS[self.activation]
        h = flatten_to(int(self.layers[0].in_features), x, context, "MLP")
        for layer in self.layers[:-1]:
            h = activation(layer(h))
        return self.layers[-1](h)
