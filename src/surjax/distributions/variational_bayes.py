"""Variational Bayes for a mixture of normals with full covariances."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jax.scipy.special import digamma, gammaln, multigammaln

from surjax.typing import Array, PRNGKey

CONCENTRATION = 1.0
"""The Dirichlet prior's count for each component."""
MEAN_PRECISION = 0.1
"""How many rows the prior of each component's mean, the origin, is worth."""
DEGREES = 1.5
"""How many rows the prior of each component's covariance is worth, for each column."""
FLOOR = 1e-6
"""The least variance of the prior in any direction, in units of the data's."""


class Posterior(NamedTuple):
    """q(π, μ, Λ) of K components: Dirichlet(counts) ∏ₖ N(μₖ | mean, (β Λₖ)⁻¹) Wishart(Λₖ | W, ν).

    counts, mean_precision (β) and degrees (ν) have shape (K,), mean (K, D), and factor (K, D, D) is the
    lower triangular F with W = FᵀF.
    """

    counts: Array
    mean_precision: Array
    mean: Array
    degrees: Array
    factor: Array


class Found(NamedTuple):
    """posterior: what was found. evidence: the lower bound of log p(xs) that it reaches, in nats."""

    posterior: Posterior
    evidence: Array


@partial(jax.jit, static_argnums=(2, 3))
def posterior(key: PRNGKey, xs: Array, num_components: int, iterations: int = 60) -> Found:
    """The posterior of a mixture of K normals given the rows of xs, shape (n, D) (Bishop 2006, section 10.2).

    xs should be white, as `surjax.Whiten` makes them: the priors are set for that. Mean-field updates from a
    k-means start, a fixed number of them. The scale matrix that the covariances have in common in their
    prior is found from the data too (empirical Bayes: where the evidence bound is highest),

        S = (1/K Σₖ νₖ Wₖ)⁻¹,

    so that each component's covariance is shrunk towards what the components share, and the more, the fewer
    rows it has. Components that the data do not need end up with no rows. That scale matrix is itself drawn
    towards the identity, by a weight of (D/n)², at most 1: from few rows there is no evidence for it.
    """
    n, dim = xs.shape
    known, identity = min(1.0, (dim / n) ** 2), jnp.eye(dim, dtype=xs.dtype)

    def update(_: Any, carry: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        now, _, _ = carry
        q = _maximize(xs, *now)
        following = (_responsibilities(xs, q), (1 - known) * _shared_scale(q) + known * identity)
        return following, now, q

    # the last update is one more than asked for, of which q alone is taken: so it is compiled once
    start = (_k_means(key, xs, num_components), 0.5 * identity)
    empty = jax.tree.map(
        lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), jax.eval_shape(_maximize, xs, *start)
    )
    _, (responsibilities, scale), q = jax.lax.fori_loop(0, iterations + 1, update, (start, start, empty))
    return Found(q, _evidence(responsibilities, q, scale))


def _evidence(responsibilities: Array, q: Posterior, scale: Array) -> Array:
    """The evidence bound of the posterior that is best for the responsibilities r (10.70 to 10.77),

        −Σ r log r + log B(counts)/B(prior) + Σₖ (log Zₖ − log Z_prior) − n D/2 log 2π + log K!,

    B the Dirichlet's and Z the normal-Wishart's normaliser. The last term is for the K! orders of the
    components, of which a posterior is about one.
    """
    k, dim = q.mean.shape
    rows = responsibilities.sum()

    def log_normaliser(beta: Array, degrees: Array, log_det_factor: Array) -> Array:
        return (
            -0.5 * dim * jnp.log(beta)
            + degrees * log_det_factor
            + 0.5 * degrees * dim * jnp.log(2.0)
            + multigammaln(0.5 * degrees, dim)
        )

    log_det = jnp.log(jnp.diagonal(q.factor, axis1=1, axis2=2)).sum(1)
    prior_degrees = jnp.asarray(DEGREES * dim, q.mean.dtype)
    prior = log_normaliser(
        jnp.asarray(MEAN_PRECISION, q.mean.dtype),
        prior_degrees,
        -0.5 * jnp.linalg.slogdet(prior_degrees * scale)[1],
    )
    components = (log_normaliser(q.mean_precision, q.degrees, log_det) - prior).sum()
    total = jnp.full(k, CONCENTRATION).sum()
    weights = gammaln(q.counts).sum() - gammaln(q.counts.sum()) + gammaln(total) - k * gammaln(CONCENTRATION)
    entropy = jax.scipy.special.entr(responsibilities).sum()
    constant = -0.5 * rows * dim * jnp.log(2 * jnp.pi) + gammaln(k + 1.0)
    return entropy + weights + components + constant


def _maximize(xs: Array, responsibilities: Array, scale: Array) -> Posterior:
    """The posterior of the parameters, given each row's share in each component (10.58 to 10.63)."""
    dim = xs.shape[1]
    rows = responsibilities.sum(0)
    mean = responsibilities.T @ xs / jnp.maximum(rows, 1e-6)[:, None]

    def scatter(weights: Array, mean: Array) -> Array:
        centred = (xs - mean) * jnp.sqrt(weights)[:, None]
        return centred.T @ centred

    beta = MEAN_PRECISION + rows
    to_origin = (MEAN_PRECISION * rows / beta)[:, None, None] * mean[:, :, None] * mean[:, None, :]
    inverse_w = jax.vmap(scatter, (1, 0))(responsibilities, mean) + to_origin + DEGREES * dim * scale
    lower = jnp.linalg.cholesky(inverse_w)
    identity = jnp.eye(dim, dtype=xs.dtype)
    factor = jax.vmap(lambda matrix: solve_triangular(matrix, identity, lower=True))(lower)
    return Posterior(
        counts=CONCENTRATION + rows,
        mean_precision=beta,
        mean=(rows / beta)[:, None] * mean,
        degrees=DEGREES * dim + rows,
        factor=factor,
    )


def _shared_scale(q: Posterior) -> Array:
    """The prior's scale matrix that maximises the evidence bound, given the posterior."""
    expected = jnp.einsum("k,kij,kil->jl", q.degrees, q.factor, q.factor) / len(q.degrees)
    identity = jnp.eye(len(expected), dtype=expected.dtype)
    return jnp.linalg.inv(expected) + FLOOR * identity


def _responsibilities(xs: Array, q: Posterior) -> Array:
    """Each row's share in each component, given the posterior (equations 10.46 to 10.67)."""
    dim = xs.shape[1]
    half = 0.5 * (q.degrees[:, None] - jnp.arange(dim))
    log_precision = digamma(half).sum(1) + 2 * jnp.log(jnp.diagonal(q.factor, axis1=1, axis2=2)).sum(1)
    distance = jax.vmap(lambda mean, factor: ((xs - mean) @ factor.T) ** 2)(q.mean, q.factor).sum(2).T
    score = (
        digamma(q.counts) + 0.5 * log_precision - 0.5 * dim / q.mean_precision - 0.5 * q.degrees * distance
    )
    return jax.nn.softmax(score, axis=1)


def _k_means(key: PRNGKey, xs: Array, k: int, iterations: int = 20) -> Array:
    """Each row's cluster, one-hot: k-means++ (Arthur and Vassilvitskii 2007), then Lloyd's iterations."""
    first, *keys = jax.random.split(key, k)
    start = xs[jax.random.randint(first, (), 0, len(xs))]

    def choose(carry: tuple[Array, Array], key: PRNGKey) -> tuple[tuple[Array, Array], Array]:
        last, nearest = carry
        nearest = jnp.minimum(nearest, ((xs - last) ** 2).sum(1))
        chosen = xs[jax.random.categorical(key, jnp.log(nearest))]
        return (chosen, nearest), chosen

    infinite = jnp.full(len(xs), jnp.inf, xs.dtype)
    centres = start[None]
    if k > 1:
        _, others = jax.lax.scan(choose, (start, infinite), jnp.stack(keys))
        centres = jnp.concatenate([centres, others])

    def assign(centres: Array) -> Array:
        distance = -2 * xs @ centres.T + (centres**2).sum(1)
        return jax.nn.one_hot(distance.argmin(1), k, dtype=xs.dtype)

    def lloyd(_: Any, carry: tuple[Array, Array]) -> tuple[Array, Array]:
        centres, _ = carry
        clusters = assign(centres)
        rows = clusters.sum(0)[:, None]
        return jnp.where(rows > 0, clusters.T @ xs / jnp.maximum(rows, 1), centres), clusters

    start = (centres, jnp.zeros((len(xs), k), xs.dtype))
    return jax.lax.fori_loop(0, iterations + 1, lloyd, start)[1]  # the last centres are not looked at
