"""What every network is: a map from arrays to an array, with no likelihood in it.

A network's constructor takes its sizes first and then, by name, its settings. `Network.of` takes the settings
alone, and what the network is for tells it the sizes: `Coupling.of`, `MaskedAutoregressive.of`,
`ConditionalElementwise.of`, `Conditional.of` and `AutoregressiveNormal.of`. A class of one's own joins them
by a classmethod `sized`:

>>> import equinox as eqx, jax, surjax as sx
>>> class Linear(sx.nn.Network):
...     layer: eqx.nn.Linear
...
...     def __init__(self, in_size, out_size, *, bias=True, key):
...         self.layer = eqx.nn.Linear(in_size, out_size, bias, key=key)
...
...     def __call__(self, x, context=None):
...         return self.layer(x)
...
...     @classmethod
...     def sized(cls, sizes, *, key, **settings):
...         return cls(sizes.x_size, sizes.out_size, key=key, **settings)
>>> affine, key = sx.univariate.Affine(), jax.random.key(0)
>>> sx.Coupling.of((5,), affine, Linear.of(bias=False), key=key).network.layer.weight.shape
(6, 2)

In place of `Linear.of(…)` any function does, of the shape that the network takes, the shape that it gives and
a key; where there is a context the function is given its shape too, as `context_shape`:

>>> def linear(in_shape, out_shape, key):
...     return Linear(in_shape[0], out_shape[0], key=key)
>>> sx.Coupling.of((5,), affine, linear, key=key).network.layer.weight.shape
(6, 2)
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from surjax.errors import ConfigError, ShapeError, SurjaxError
from surjax.nn.sizes import Sizes, parameters_shape
from surjax.plain import PlainModule
from surjax.typing import Array, Batch, Context, Floats, Key, Shape

ACTIVATIONS = {
    "relu": jax.nn.relu,
    "elu": jax.nn.elu,
    "gelu": jax.nn.gelu,
    "silu": jax.nn.silu,
    "tanh": jnp.tanh,
    "softplus": jax.nn.softplus,
    "leaky_relu": jax.nn.leaky_relu,
}
"""Activations by name: a model's configuration is text, so its networks name them too."""


def check_activation(name: str) -> str:
    """The name of an activation, or ConfigError where there is none of that name."""
    if name not in ACTIVATIONS:
        raise ConfigError(f"activation is {name!r} and must be one of {', '.join(ACTIVATIONS)}.")
    return name


class Network(PlainModule):
    """A network of ONE example: an array and, where it is conditional, a context → an array."""

    autoregressive: ClassVar[bool] = False
    """Whether it gives numbers for the elements of its own x, none of which sees its element: see
    `Autoregressive`."""

    @abstractmethod
    def __call__(self, x: Any, context: Context = None) -> Floats:
        """The network's output for x, given the context."""

    def initialize(self, xs: Any, contexts: Context = None) -> tuple["Network", Batch]:
        """Data-dependent initialisation from a batch: (the initialised network, the batch of outputs).

        xs has one leading batch axis, and so has every array of `contexts`. A network that learns
        nothing from data but by training comes back as it is.
        """
        return self, jax.vmap(self)(xs, contexts)

    @classmethod
    def of(cls, *parts: Any, **settings: Any) -> "Unsized":
        """The network with these settings, whose sizes follow from where it is used.

        settings are those of the constructor after the sizes, by name. parts are what a network that wraps
        another takes first: `OneBlob.of(MLP.of(hidden=(64, 64)), num_blobs=16)`.

        >>> import jax, surjax as sx
        >>> network = sx.nn.MLP.of(hidden=(16, 16), activation="tanh")
        >>> coupling = sx.Coupling.of((3,), sx.univariate.Affine(), network, key=jax.random.key(0))
        >>> [layer.out_features for layer in coupling.network.layers]  # 2 of 3 numbers move, by 2 each
        [16, 16, 4]
        """
        return Unsized(cls, parts, settings)

    @classmethod
    def sized(cls, sizes: Sizes, *parts: Any, **settings: Any) -> "Network":
        """The network of these sizes, with the settings of `of` and a `key` among them.

        Raises ConfigError where it cannot have these sizes.
        """
        raise ConfigError(
            f"{cls.__name__} cannot be told its sizes: build it with them, or give a function (in_shape, "
            "out_shape, key) → network in its place."
        )


@dataclass(frozen=True)
class Unsized:
    """A network's class and settings, to be told its sizes: what `Network.of` gives."""

    network: type[Network]
    parts: tuple[Any, ...]
    settings: Mapping[str, Any]


NetworkOfAnySize = Unsized | Callable[..., Network]
"""What `Network.of` gives, or a function (in_shape, out_shape, key) → network."""


def sized_network(
    network: NetworkOfAnySize, sizes: Sizes, key: Key, owner: str, autoregressive: bool = False
) -> Any:
    """The network of these sizes, with fresh weights; `owner` is what it is for.

    key may be None for a network that draws nothing. Raises ConfigError where `network` has its sizes
    already or gives no network, where it is autoregressive and is not to be, or the other way round, and
    where it cannot have these sizes.
    """
    if isinstance(network, Unsized):
        _require_kind(network.network, owner, autoregressive)
        return network.network.sized(sizes, *network.parts, key=key, **network.settings)
    if isinstance(network, Network | type) or not callable(network):
        name = network.__name__ if isinstance(network, type) else type(network).__name__
        raise ConfigError(
            f"{owner} was given {name} as a network to be sized: give one without sizes, such as "
            "nn.MLP.of(), or a function (in_shape, out_shape, key) → network."
        )
    context = {} if sizes.context_shape is None else {"context_shape": sizes.context_shape}
    built = network(sizes.in_shape, sizes.out_shape, key, **context)
    if not isinstance(built, Network):
        raise ConfigError(
            f"{owner} was given a function that makes a {type(built).__name__} and no network: make it give "
            "a surjax.nn.Network."
        )
    _require_kind(type(built), owner, autoregressive)
    return built


def _require_kind(network: type[Network], owner: str, autoregressive: bool) -> None:
    if autoregressive and not network.autoregressive:
        raise ConfigError(
            f"{owner} was given {network.__name__}, which lets an element see itself: give it an "
            "autoregressive network, such as nn.MADE or nn.ConvLSTM."
        )
    if network.autoregressive and not autoregressive:
        raise ConfigError(
            f"{owner} was given {network.__name__}, which is autoregressive: give it another network, such "
            "as nn.MLP or nn.GlowConv; MaskedAutoregressive takes this one."
        )


def missing_context(owner: str) -> SurjaxError:
    """The error that says that `owner` is conditional and was given no context."""
    return SurjaxError(f"{owner} is conditional and was given no context: pass context=, one an example.")


def flatten_to(size: int, x: Any, context: Context, owner: str) -> Array:
    """x and the context as `flatten` has them; ShapeError where they do not come to `size` numbers."""
    vector = flatten(x, context)
    if len(vector) != size:
        shapes = ", ".join(str(jnp.shape(leaf)) for leaf in jax.tree.leaves((x, context)))
        raise ShapeError(
            f"{owner} takes {size} numbers and was given {len(vector)}, of shapes {shapes} (what it is of "
            "and its context): pass a context= of the size that the model was built for, or none.",
            wanted=str(size),
            given=len(vector),
        )
    return vector


def flatten(*inputs: Any) -> Array:
    """Every array of every input, as one vector: how networks of vectors take a context.

    Raises SurjaxError where there is none.
    """
    leaves = [jnp.ravel(leaf) for leaf in jax.tree.leaves(inputs)]
    if not leaves:
        raise missing_context("this model")
    dtype = jnp.result_type(jnp.float32, *leaves)
    return jnp.concatenate([leaf.astype(dtype) for leaf in leaves])


def elementwise_parameters(raw: Array, shape: Shape, num_params: int) -> Array:
    """A network's output as `num_params` numbers for every element: shape (*shape, num_params).

    The output has shape.shape[0] · num_params channels, those of one element side by side, and the
    trailing axes of `shape`. Raises ShapeError where the sizes do not fit.
    """
    wanted = parameters_shape(shape, num_params)
    if raw.shape != wanted:
        raise ShapeError(
            f"a network gives shape {raw.shape} and {num_params} parameters for each element of shape "
            f"{shape} need {wanted}: build the network with that output.",
            wanted=str(wanted),
            given=raw.shape,
        )
    return jnp.moveaxis(raw.reshape(*shape[:1], num_params, *shape[1:]), min(len(shape), 1), -1)
