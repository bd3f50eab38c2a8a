"""Parallel tempering in a box."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from surjax.inference.diagnostics import effective_size, r_hat
from surjax.typing import Array, PRNGKey, Scalar

TEMPERATURES = 12
"""How many chains of one ladder, from the prior to the posterior."""
COLDEST_OF_HOT = 1e-3
"""The least inverse temperature above 0."""
CHAINS = 16
"""How many ladders, each from its own start."""
THIN = 20
"""One draw in so many sweeps is kept."""
BURN_IN = 4_000
"""How many sweeps are thrown away; the steps are fitted in the first half of them."""
ACCEPTED = 0.3
"""The share of moves that the steps are fitted to."""


@partial(jax.jit, static_argnums=(0, 4))
def _ladders(log_density: Callable[[Array], Scalar], low: Array, high: Array, key: PRNGKey, kept: int) -> Any:
    betas = jnp.concatenate([jnp.zeros(1), jnp.geomspace(COLDEST_OF_HOT, 1.0, TEMPERATURES - 1)])
    start_key, key = jax.random.split(key)
    shape = (CHAINS, TEMPERATURES, len(low))
    theta = low + (high - low) * jax.random.uniform(start_key, shape)
    density = jax.vmap(jax.vmap(log_density))

    def sweep(carry: Any, key: PRNGKey) -> tuple[Any, tuple[Array, Array]]:
        turn, theta, value, scale = carry
        step_key, size_key, accept_key, swap_key = jax.random.split(key, 4)
        # steps of many sizes: some cross the box, some stay in a corner of it
        power = jax.random.uniform(size_key, (*scale.shape, 1), minval=-1.5, maxval=0.5)
        size = scale[..., None] * 10**power
        new = theta + size * (high - low) * jax.random.normal(step_key, shape)
        inside = ((new > low) & (new < high)).all(-1)
        new_value = density(jnp.where(inside[..., None], new, theta))
        ratio = jnp.where(inside, betas * (new_value - value), -jnp.inf)
        taken = jnp.log(jax.random.uniform(accept_key, ratio.shape)) < ratio
        theta = jnp.where(taken[..., None], new, theta)
        value = jnp.where(taken, new_value, value)
        fitted = jnp.clip(scale * jnp.exp(0.05 * (taken - ACCEPTED)), 1e-4, 1.0)
        scale = jnp.where(turn < BURN_IN // 2, fitted, scale)
        theta, value = _swapped(theta, value, betas, swap_key, turn % 2)
        return (turn + 1, theta, value, scale), (theta[:, -1], taken.mean(0))

    start = (jnp.asarray(0), theta, density(theta), jnp.full((CHAINS, TEMPERATURES), 0.1))
    burn_key, key = jax.random.split(key)
    after, _ = jax.lax.scan(lambda c, k: (sweep(c, k)[0], None), start, jax.random.split(burn_key, BURN_IN))

    def block(carry: Any, key: PRNGKey) -> Any:
        carry, (draws, taken) = jax.lax.scan(sweep, carry, jax.random.split(key, THIN))
        return carry, (draws[-1], taken.mean(0))

    _, (draws, taken) = jax.lax.scan(block, after, jax.random.split(key, kept))
    return draws, taken.mean(0)


def _swapped(theta: Array, value: Array, betas: Array, key: PRNGKey, odd: Array) -> tuple[Array, Array]:
    """Neighbours on the ladder exchange places: pairs that begin at even rungs, and at odd ones, by turns."""
    rung = jnp.arange(TEMPERATURES)
    partner = jnp.where((rung - odd) % 2 == 0, rung + 1, rung - 1)
    partner = jnp.where((partner < 0) | (partner >= TEMPERATURES), rung, partner)
    # both of a pair see the same number: that of its lower rung
    uniform = jax.random.uniform(key, value.shape)[:, jnp.minimum(rung, partner)]
    ratio = (betas[partner] - betas) * (value - value[:, partner])
    swap = (jnp.log(uniform) < ratio) & (partner != rung)
    theta = jnp.where(swap[..., None], theta[:, partner], theta)
    return theta, jnp.where(swap, value[:, partner], value)


def tempered_chains(
    log_density: Callable[[Array], Scalar], low: Array, high: Array, key: PRNGKey, n: int
) -> tuple[Array, dict[str, Any]]:
    """n draws of a density in the box from low to high, known but for its normaliser (Geyer 1991).

    Args:
        log_density: θ of shape (D,) → a number; that of the box is flat.
        low, high: shape (D,).
        key: for the chains.
        n: how many draws, of 16 ladders of 12 temperatures in turn, one in 20 sweeps.

    Returns the draws, (n, D), and of its parameters the largest R̂ and the least effective sample size
    (`r_hat`, `ess`), with the share of moves that was taken at the posterior's temperature (`accepted`).
    Needs surjax[inference].
    """
    kept = -(-n // CHAINS)
    draws, taken = _ladders(log_density, low, high, key, kept)
    chains = jnp.swapaxes(draws, 0, 1)
    known = {
        "r_hat": float(r_hat(chains).max()),
        "ess": float(effective_size(chains).min()),
        "accepted": float(taken[-1]),
    }
    return draws.reshape(kept * CHAINS, -1)[:n], known
