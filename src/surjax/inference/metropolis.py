"""Metropolis-Hastings with a flow's draws as proposals."""

from typing import Any

import jax
import jax.numpy as jnp

from surjax.arguments import count, require_keys
from surjax.chunks import CHUNK
from surjax.compilation import large_batch_jit
from surjax.flow import Flow
from surjax.inference.chains import Chains, diagnosed
from surjax.inference.diagnostics import arviz
from surjax.inference.target import target_of
from surjax.inference.weighted import draw_weighted
from surjax.promotion import promoting
from surjax.typing import Array, PRNGKey


@promoting
def metropolis(
    flow: Flow,
    log_density: Any,
    key: Any,
    *,
    chains: int = 4,
    steps: int = 1000,
    warmup: int = 100,
    chunk: int = CHUNK,
) -> Chains:
    """Chains of the target whose proposals are independent draws of a flow q.

    A proposal x′ is taken with probability min(1, w(x′)/w(x)), w = p̃/q. All proposals are drawn and weighed
    first, many at once, and one compiled scan then goes through them. Where the flow is not exact, proposal
    and weight are of x with the z that it was made of, which leaves the target of x as it is.

    Args:
        flow: the proposal, such as `fit_density` gives.
        log_density: ONE point → log p̃(x), as for `importance`.
        key: of every draw.
        chains: how many, side by side, at least 2.
        steps: how many draws each gives.
        warmup: how many steps are left out before them.
        chunk: how many proposals are drawn at once at most.

    Chains that have not mixed are told, with R̂, by a warning. Needs surjax[inference]. Raises as
    `importance`.

    >>> import surjax as sx
    >>> flow = sx.Flow(sx.Normal((2,), 0.0, 1.2), sx.Affine((2,)))
    >>> found = metropolis(flow, lambda x: -0.5 * (x**2).sum(), jax.random.key(0), steps=500)
    >>> found.x.shape, bool((found.acceptance > 0.7).all())
    ((4, 500, 2), True)
    """
    chains, steps = count(chains, "chains", 2), count(steps, "steps", 4)
    warmup, chunk = count(warmup, "warmup"), count(chunk, "chunk", 1)
    arviz()
    draw_key, accept_key = jax.random.split(require_keys(key, ()))
    axes = (1 + warmup + steps, chains)
    drawn = draw_weighted(flow, target_of(log_density, flow), draw_key, axes, chunk)
    rows, taken = _walk(drawn.log_weight, accept_key)
    x = drawn.x[rows[warmup:], jnp.arange(chains)]
    return diagnosed(jnp.swapaxes(x, 0, 1), taken[warmup:].mean(0))


@large_batch_jit
def _walk(log_weight: Array, key: PRNGKey) -> tuple[Array, Array]:
    """(which row of draws each chain is at after each step, whether it moved there), (steps, chains) each."""
    n, chains = log_weight.shape
    log_uniform = jnp.log(jax.random.uniform(key, (n - 1, chains), log_weight.dtype))

    def step(at: tuple[Array, Array], given: tuple[Array, Array, Array]) -> tuple:
        (row, current), (new_row, proposed, log_u) = at, given
        # a chain at a point without density takes whatever comes
        taken = (log_u < proposed - current) | (current == -jnp.inf)
        at = (jnp.where(taken, new_row, row), jnp.where(taken, proposed, current))
        return at, (at[0], taken)

    start = (jnp.zeros(chains, jnp.int32), log_weight[0])
    proposals = (jnp.arange(1, n, dtype=jnp.int32), log_weight[1:], log_uniform)
    return jax.lax.scan(step, start, proposals)[1]
