"""Draws that are kept where a prior allows them."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from surjax.distributions import Distribution
from surjax.inference.simulation import inside
from surjax.typing import Array, PRNGKey


def inside_draws(
    draws: Callable[[PRNGKey, int], Array],
    prior: Distribution,
    key: PRNGKey,
    n: int,
    at_once: int | None = None,
) -> Array:
    """The first n of the draws (key, n) → (n, D) that lie inside of the prior's support, made so many at once
    (by default 2n)."""
    kept, found, turn = [], 0, 0
    while found < n:
        theta = draws(jax.random.fold_in(key, turn), at_once or 2 * n)
        kept.append(theta[inside(prior, theta)])
        found, turn = found + len(kept[-1]), turn + 1
    return jnp.concatenate(kept)[:n]
