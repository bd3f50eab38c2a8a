"""The members of the ensemble that `npe` learns of one set of simulations."""

import dataclasses
from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from surjax.distributions import Ensemble, Normal
from surjax.embedding import Embedding
from surjax.flow import Flow
from surjax.inference.simulation import Simulations
from surjax.parameters import value
from surjax.train import TrainConfig, fit
from surjax.train.fit import Callback, Fit
from surjax.transforms import Bijection, Chain, Standardize, Whiten
from surjax.typing import Array, PRNGKey, Shape

HELD_OUT = 0.1
"""The share of the simulations that the training of a member is validated on."""
AS_ROWS = 10
"""How many held-out simulations the belief counts for that the base is as wide as it was."""
FLAT = 1e-9
"""Numbers of x that spread less than this are taken to be one value."""

FlowOf = Callable[[PRNGKey, int, Shape], Flow]
"""(key, D, context_shape) → a flow of θ, standardised, given a vector."""


def together(flows: Sequence[Flow]) -> Flow:
    """The flow that members are together: p(θ | x) = 1/K Σₖ pₖ(θ | x); of one member, it is that one."""
    return flows[0] if len(flows) == 1 else Flow(Ensemble(flows), Chain())


def members_of(flow: Flow) -> tuple[Flow, ...]:
    """The flows of which `together` made it; another flow is its own only member."""
    if not isinstance(flow.base, Ensemble):
        return (flow,)
    return tuple(member for member in flow.base.members if isinstance(member, Flow))


def frame(
    simulations: Simulations, embedding: eqx.Module | None, support: Bijection | None
) -> tuple[tuple[Bijection, ...], Embedding]:
    """(what θ, what x goes through before a flow): both are standardised by the simulations, and of θ a
    regression on x is taken off."""
    theta, x = np.asarray(simulations.theta), np.asarray(simulations.x)
    if support is not None:
        theta = np.asarray(jax.vmap(lambda row: support.forward(row)[0])(simulations.theta))
    features = Embedding(Standardize(x.mean(0), _scale(x)), *(() if embedding is None else (embedding,)))
    standardize = Standardize(theta.mean(0), _scale(theta))
    first: list[Bijection] = [standardize] if support is None else [support, standardize]
    if embedding is None:
        contexts = jax.vmap(features)(simulations.x)
        rows = jax.vmap(lambda row: standardize.forward(row)[0])(jnp.asarray(theta))
        whiten = Whiten(theta.shape[1], contexts[0].size, clip=True)
        first.append(eqx.filter_jit(whiten.initialize)(rows, contexts=contexts)[0])
    return tuple(first), features


def train_members(
    flow: FlowOf,
    members: int,
    framed: tuple[tuple[Bijection, ...], Embedding],
    simulations: Simulations,
    key: PRNGKey,
    config: TrainConfig,
    callbacks: Sequence[Callback],
) -> tuple[Fit, ...]:
    """What `fit` gave of each, one after the other; none is begun after one that was interrupted."""
    first, features = framed
    size, context_shape = simulations.theta.shape[1], jax.eval_shape(features, simulations.x[0]).shape
    fits = list[Fit]()
    for k, member_key in enumerate(jax.random.split(key, members)):
        build_key, split_key = jax.random.split(member_key)
        q = flow(build_key, size, context_shape)
        member = Flow(q.base, Chain(*first, q.transform), features)
        own = dataclasses.replace(config, seed=config.seed + k)
        fits.append(_trained(member, simulations, split_key, own, callbacks))
        if fits[-1].stopped == "interrupted":
            break
    return tuple(fits)


def _trained(
    flow: Flow,
    simulations: Simulations,
    key: PRNGKey,
    config: TrainConfig,
    callbacks: Sequence[Callback],
) -> Fit:
    """Train a member on nine tenths of the simulations, drawn at random, and scale its base by the rest."""
    n = len(simulations.theta)
    order = jax.random.permutation(key, n)
    held_out, trained = jnp.split(order, [max(1, round(HELD_OUT * n))])
    theta, x = simulations.theta, simulations.x
    fitted = fit(
        flow,
        theta[trained],
        context=x[trained],
        validation=theta[held_out],
        validation_context=x[held_out],
        config=config,
        callbacks=callbacks,
    )
    return fitted._replace(flow=_base_scaled(fitted.flow, theta[held_out], x[held_out]))


def _base_scaled(flow: Flow, theta: Array, x: Array) -> Flow:
    """The flow with the scale of its normal base times s, under which what was not trained on is likely:

        s_i² = (10 + Σ u_i²)/(10 + n),   u = (z − μ)/σ of the n held-out simulations

    Where a flow has learned its simulations by heart, those that it has not seen lie further out in z than
    its base has them, and s widens the posterior. A base of another kind is left as it is.
    """
    base = flow.base
    if type(base) is not Normal or not flow.transform.forward_deterministic:
        return flow
    u = base.to_standard(_latent(flow, theta, x))
    spread = jnp.sqrt((AS_ROWS + (u**2).sum(0)) / (AS_ROWS + len(u)))
    scaled = Normal(base.shape, value(base.loc), spread * jnp.exp(value(base.log_scale)))
    return Flow(scaled, flow.transform, flow.embedding)


@eqx.filter_jit
def _latent(flow: Flow, theta: Array, x: Array) -> Array:
    def one(theta: Array, x: Array) -> Array:
        return flow.transform.forward(theta, context=flow.features(x))[0]

    return jax.vmap(one)(theta, x)


def _scale(rows: np.ndarray) -> np.ndarray:
    scale = rows.std(0)
    return np.where(scale > FLAT, scale, 1.0)
