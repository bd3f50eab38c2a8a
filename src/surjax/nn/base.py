"""What every network is: a map from arrays to an array, with no likelihood in it."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError, ShapeError
from surjax.typing import Array, Context, Shape

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


class Network(eqx.Module):
    """A network of ONE example: an array and, where it is conditional, a context → an array."""

    @abstractmethod
    def __call__(self, x: Any, context: Context = None) -> Array:
        """The network's output for x, given the context."""

    def initialize(self, xs: Any, contexts: Context = None) -> tuple["Network", Array]:
        """Data-dependent initialisation from a batch: (the initialised network, the batch of outputs).

        xs has one leading batch axis, and so has every array of `contexts`. A network that learns
        nothing from data but by training comes back as it is.
        """
        return self, jax.vmap(self)(xs, contexts)


def flatten(*inputs: Any) -> Array:
    """Every array of every input, as one vector: how networks of vectors take a context."""
    leaves = [jnp.ravel(leaf) for leaf in jax.tree.leaves(inputs)]
    dtype = jnp.result_type(jnp.float32, *leaves)
    return jnp.concatenate([leaf.astype(dtype) for leaf in leaves])


def elementwise_parameters(raw: Array, shape: Shape, num_params: int) -> Array:
    """A network's output as `num_params` numbers for every element: shape (*shape, num_params).

    The output has shape.shape[0] · num_params channels, those of one element side by side, and the
    trailing axes of `shape`. Raises ShapeError where the sizes do not fit.
    """
    wanted = (shape[0] * num_params, *shape[1:]) if shape else (num_params,)
    if raw.shape != wanted:
        raise ShapeError(
            f"a network gives shape {raw.shape} and {num_params} parameters for each element of shape "
            f"{shape} need {wanted}: build the network with that output.",
            wanted=str(wanted),
            given=raw.shape,
        )
    return jnp.moveaxis(raw.reshape(*shape[:1], num_params, *shape[1:]), min(len(shape), 1), -1)
