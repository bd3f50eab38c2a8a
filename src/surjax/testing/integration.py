"""The integral of a density."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surjax.distributions.base import Distribution
from surjax.distributions.normal import Normal
from surjax.testing.cases import DistributionCase, TransformCase
from surjax.testing.samplers import draw_one, seed


def integral(
    model: Distribution, case: TransformCase | DistributionCase, name: str, n: int = 200_000
) -> tuple[float, float]:
    """(∫ p(x) dx, its standard error) for a distribution or flow.

    Where log_prob draws noise, the mean of exp(log_prob) over the noise is p(x) itself, so the same
    sums hold: exactly for a support that is summed over, by quadrature up to two dimensions where
    log_prob is exact, and by importance sampling otherwise.
    """
    context = draw_one(case.context, name + "context")

    def density(x: Any, key: Any) -> Any:
        return jnp.exp(model.log_prob(x, None if model.exact else key, context))

    if case.support is not None:
        draws = 1 if model.exact else 4000
        keys = jax.random.split(seed(name + "noise"), draws)
        xs = jax.tree.map(jnp.asarray, case.support)
        sums = jax.jit(jax.vmap(lambda k: jax.vmap(lambda x: density(x, k))(xs).sum()))(keys)
        return float(sums.mean()), float(sums.std() / np.sqrt(draws))
    size = int(np.prod(model.shape))
    low, high = case.bounds
    if size <= 2 and model.exact:
        points = 20_001 if size == 1 else 701
        axis = low + (high - low) * (np.arange(points) + 0.5) / points
        grid = np.stack(np.meshgrid(*[axis] * size), -1).reshape(-1, *model.shape)
        values = jax.jit(lambda xs: jax.lax.map(lambda x: density(x, None), xs, batch_size=20_000))(grid)
        return float(np.asarray(values, float).sum() * ((high - low) / points) ** size), 0.0
    xs = 2.5 * jax.random.normal(seed(name + "proposal"), (n, *model.shape))
    proposal = Normal(model.shape, 0.0, 2.5)
    keys = jax.random.split(seed(name + "noise"), n)
    weights = jax.jit(jax.vmap(lambda x, k: density(x, k) / jnp.exp(proposal.log_prob(x))))(xs, keys)
    return float(weights.mean()), float(weights.std() / np.sqrt(n))
