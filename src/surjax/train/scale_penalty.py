"""The penalty on the scales of weights that RealNVP is trained with."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from surjax.nn.bounded_scale import BoundedScale
from surjax.nn.norm_conv import NormConv
from surjax.parts import parts_of
from surjax.typing import Array


def squared_scales(model: Any) -> Array:
    """Σ g²: over the scales of weight-normalised convolutions, and the learned bounds of log-scales.

    (Dinh et al. 2017, RealNVP, section 4.1, and the authors' code.)
    """
    convs = [conv for conv in parts_of(model, NormConv) if conv.weight_norm]
    terms = [jnp.exp(2 * conv.log_scale).sum() for conv in convs]
    terms += [(part.bound**2).sum() for part in parts_of(model, BoundedScale)]
    return jnp.asarray(sum(terms), jnp.result_type(float))


def add_scale_penalty(factor: float) -> optax.GradientTransformation:
    """Adds the gradient of factor · `squared_scales` to that of the loss, so that no loss tells of it."""

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        penalty = jax.grad(squared_scales)(params)
        return jax.tree.map(lambda g, p: g + factor * p, updates, penalty), state

    return optax.GradientTransformation(lambda params: optax.EmptyState(), update)
