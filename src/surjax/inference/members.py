"""The members of the ensemble that `npe` learns of one set of simulations."""

import dataclasses
import os
from collections.abc import Callable, Sequence
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from surjax.decompositions import decomposes_matrices
from surjax.distributions import Ensemble, Normal
from surjax.embedding import Embedding
from surjax.flow import Flow
from surjax.inference.simulation import Simulations
from surjax.parameters import value
from surjax.train import TrainConfig, fit
from surjax.train.session import Callback, Fit, of_part
from surjax.train.side_by_side import Training, train_side_by_side
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
        first.append(_whitened(standardize, features, jnp.asarray(theta), simulations.x))
    return tuple(first), features


@eqx.filter_jit
def _whitened(standardize: Standardize, features: Embedding, theta: Array, x: Array) -> Whiten:
    """What takes a linear regression on the features of x off θ, standardised, and whitens the rest."""
    contexts = jax.vmap(features)(x)
    rows = jax.vmap(lambda row: standardize.forward(row)[0])(theta)
    whiten = Whiten(theta.shape[1], contexts[0].size, clip=True)
    return whiten.initialize(rows, contexts=contexts)[0]


def train_members(
    flow: FlowOf,
    members: int,
    framed: tuple[tuple[Bijection, ...], Embedding],
    simulations: Simulations,
    key: PRNGKey,
    config: TrainConfig,
    callbacks: Sequence[Callback],
) -> tuple[Fit, ...]:
    """What `fit` gave of each, several side by side; none is begun after one that was interrupted."""
    first, features = framed
    one_x = jax.ShapeDtypeStruct(simulations.x.shape[1:], simulations.x.dtype)
    size, context_shape = simulations.theta.shape[1], jax.eval_shape(features, one_x).shape
    trainings, flows = list[Training](), list[Flow]()
    for k, member_key in enumerate(jax.random.split(key, members)):
        build_key, split_key = jax.random.split(member_key)
        q = flow(build_key, size, context_shape)
        flows.append(Flow(q.base, Chain(*first, q.transform), features))
        own = dataclasses.replace(config, seed=config.seed + k)
        part = f"member {k + 1}" if members > 1 else ""
        trainings.append(partial(_trained, flows[k], simulations, split_key, own, part))
    return tuple(train_side_by_side(trainings, callbacks, _at_once(flows[0], simulations, config)))


def _at_once(flow: Flow, simulations: Simulations, config: TrainConfig) -> int:
    """How many members train at once: as many as there are cores, where it is cores that they train on; one
    where they decompose matrices, of which programs that run at once may not end."""

    def log_prob(flow: Flow, theta: Array, x: Array) -> Array:
        return flow.log_prob(theta, jax.random.key(0), x)

    alone = jax.process_count() == 1 and jax.default_backend() == "cpu" and config.devices in (None, 1)
    one = [jax.ShapeDtypeStruct(a.shape[1:], a.dtype) for a in (simulations.theta, simulations.x)]
    return os.cpu_count() or 1 if alone and not decomposes_matrices(log_prob, flow, *one) else 1


def _trained(
    flow: Flow,
    simulations: Simulations,
    key: PRNGKey,
    config: TrainConfig,
    part: str,
    callbacks: Sequence[Callback],
) -> Fit:
    """Train a member on nine tenths of the simulations, drawn at random, and scale its base by the rest."""
    held_out, trained = _divided(key, simulations, max(1, round(HELD_OUT * len(simulations.theta))))
    fitted = fit(
        flow,
        trained.theta,
        context=trained.x,
        validation=held_out.theta,
        validation_context=held_out.x,
        config=config,
        callbacks=[of_part(part, callback) for callback in callbacks],
    )
    return fitted._replace(flow=_base_scaled(fitted.flow, held_out.theta, held_out.x))


@eqx.filter_jit
def _divided(key: PRNGKey, simulations: Simulations, n: int) -> tuple[Simulations, Simulations]:
    """(n of the simulations, drawn at random, the rest)."""
    order = jax.random.permutation(key, len(simulations.theta))
    theta, x = simulations.theta[order], simulations.x[order]
    return Simulations(theta[:n], x[:n], 0), Simulations(theta[n:], x[n:], 0)


def _base_scaled(flow: Flow, theta: Array, x: Array) -> Flow:
    """The flow with the scale of its normal base times s, under which what was not trained on is likely:

        s_i² = (10 + Σ u_i²)/(10 + n),   u = (z − μ)/σ of the n held-out simulations

    Where a flow has learned its simulations by heart, those that it has not seen lie further out in z than
    its base has them, and s widens the posterior. A base of another kind is left as it is.
    """
    base = flow.base
    if type(base) is not Normal or not flow.transform.forward_deterministic:
        return flow
    return Flow(_as_wide(flow, base, theta, x), flow.transform, flow.embedding)


@eqx.filter_jit
def _as_wide(flow: Flow, base: Normal, theta: Array, x: Array) -> Normal:
    """The base with its scale times s."""

    def standard(theta: Array, x: Array) -> Array:
        return base.to_standard(flow.transform.forward(theta, context=flow.features(x))[0])

    u = jax.vmap(standard)(theta, x)
    spread = jnp.sqrt((AS_ROWS + (u**2).sum(0)) / (AS_ROWS + len(u)))
    return Normal(base.shape, value(base.loc), spread * jnp.exp(value(base.log_scale)))


def _scale(rows: np.ndarray) -> np.ndarray:
    scale = rows.std(0)
    return np.where(scale > FLAT, scale, 1.0)
