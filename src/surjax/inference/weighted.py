"""Draws of a flow, weighted by a target."""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from surjax.chunks import map_in_chunks
from surjax.compilation import large_batch_jit
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.inference.target import Target
from surjax.typing import Array, PRNGKey, Shape


class Weighted(NamedTuple):
    """Draws of a flow along leading axes, with log p̃(x) and log w = log p̃(x) − log q(x) of each, in nats."""

    x: Any
    log_density: Array
    log_weight: Array


def draw_weighted(flow: Flow, target: Target, key: PRNGKey, axes: Shape, chunk: int) -> Weighted:
    """Weighted draws along the axes, in one compiled program that takes `chunk` at once.

    Where the flow is not exact, log q(x) is log p(z) + V(x, z) of the z that x was made of, so that
    w = p̃(x) q(z | x)/p(x, z) is the weight of the pair: its mean is Z all the same.

    Raises ConfigError where log p̃ is NaN or +∞ at a draw, or −∞ at all of them.
    """
    drawn = _draw(flow, target, key, axes, chunk)
    n = math.prod(axes)
    wrong = int((jnp.isnan(drawn.log_weight) | (drawn.log_weight == jnp.inf)).sum())
    if wrong:
        raise ConfigError(
            f"log_density is NaN or +∞ at {wrong} of {n} samples of the flow: give one that is finite, or −∞ "
            "where there is no density."
        )
    if bool((drawn.log_weight == -jnp.inf).all()):
        raise ConfigError(
            f"log_density is −∞ at all of {n} samples of the flow: fit the flow first, and begin its "
            "transform with the map of the target's support, such as surjax.inference.support(low, high)."
        )
    return drawn


@large_batch_jit
def _draw(flow: Flow, target: Target, key: PRNGKey, axes: Shape, chunk: int) -> Weighted:
    n = math.prod(axes)

    def one(key: PRNGKey) -> Weighted:
        x, log_q = flow.sample_and_log_prob(key)
        log_density = target(x)
        return Weighted(x, log_density, log_density - log_q)

    drawn = map_in_chunks(jax.vmap(one), jax.random.split(key, n), n, chunk)
    return jax.tree.map(lambda a: a.reshape(*axes, *a.shape[1:]), drawn)
