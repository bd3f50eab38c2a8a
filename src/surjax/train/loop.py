"""The training loop: many steps and an evaluation in one compiled program."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

from surjax.flow import Flow
from surjax.train.config import TrainConfig
from surjax.train.shuffle import batch_indices
from surjax.train.state import TrainState
from surjax.typing import Array, Context


class Data(NamedTuple):
    """A data set on the device: x and, where the model is conditional, a context, with n leading rows."""

    x: Any
    context: Context = None

    def take(self, rows: Array) -> "Data":
        """The rows of these indices."""
        return jax.tree.map(lambda leaf: leaf[rows], self)

    @property
    def n(self) -> int:
        """How many rows there are."""
        return len(jax.tree.leaves(self.x)[0])


class Report(NamedTuple):
    """What one call of the program saw: losses in nats an example."""

    train_loss: Array
    validation_loss: Array


def loss(flow: Flow, data: Data, key: Any) -> Array:
    """The mean negative log-likelihood (or its bound's draw) of a batch, in nats an example."""
    return -flow.log_prob(data.x, key, data.context).mean()


def run_steps(
    state: TrainState,
    static: Any,
    data: Data,
    validation: Data | None,
    config: TrainConfig,
    optimizer: optax.GradientTransformation,
    num_steps: int,
) -> tuple[TrainState, Report]:
    """Take num_steps optimiser steps, fewer where `config.steps` is nearer, then evaluate on the
    validation rows.

    static is the model without its trained parameters. A step whose loss or gradient is not finite
    leaves parameters and optimiser as they were, and is counted; the reported loss is the mean over the
    others.
    """
    order_key, noise_key, validation_key = jax.random.split(jax.random.key(config.seed), 3)
    batch_size = min(config.batch_size, data.n)
    first = state.step
    rows = jax.vmap(lambda i: batch_indices(order_key, i, data.n, batch_size))(
        first + jnp.arange(num_steps, dtype=jnp.int32)
    )

    def objective(params: Any, batch: Data, key: Any) -> Array:
        return loss(eqx.combine(params, static), batch, key)

    def step(i: Array, carry: tuple[TrainState, Array]) -> tuple[TrainState, Array]:
        state, total = carry
        key = jax.random.fold_in(noise_key, state.step)
        value, gradient = jax.value_and_grad(objective)(state.params, data.take(rows[i]), key)
        good = jnp.isfinite(value) & jnp.isfinite(optax.tree.norm(gradient))
        updates, moments = optimizer.update(gradient, state.optimizer, state.params)
        new = (optax.apply_updates(state.params, updates), moments)
        params, moments = jax.tree.map(
            lambda a, b: jnp.where(good, a, b), new, (state.params, state.optimizer)
        )
        bad = 1 - good.astype(jnp.int32)
        state = TrainState(
            params=params,
            ema=_average(state, params, config),
            optimizer=moments,
            best=state.best,
            best_loss=state.best_loss,
            step=state.step + 1,
            evaluations_since_best=state.evaluations_since_best,
            bad_steps=state.bad_steps + bad,
            bad_in_a_row=(state.bad_in_a_row + bad) * bad,
        )
        return state, total + jnp.where(good, value, 0).astype(total.dtype)

    count = jnp.minimum(num_steps, config.steps - first)
    bad_before, zero = state.bad_steps, jnp.zeros_like(state.best_loss)
    state, total = jax.lax.fori_loop(0, count, step, (state, zero))
    mean = total / (count - (state.bad_steps - bad_before))
    if validation is None:
        return state, Report(mean, jnp.full((), jnp.nan))
    value = loss(eqx.combine(state.kept, static), validation, validation_key)
    return _remember(state, value), Report(mean, value)


def _average(state: TrainState, params: Any, config: TrainConfig) -> Any:
    """The moving average; its decay grows from 1/10 so that the start is soon forgotten."""
    if state.ema is None:
        return None
    decay = jnp.minimum(config.ema_decay or 0.0, (1.0 + state.step) / (10.0 + state.step))
    return jax.tree.map(lambda a, p: a + (1 - decay).astype(p.dtype) * (p - a), state.ema, params)


def _remember(state: TrainState, value: Array) -> TrainState:
    """The state with its best parameters brought up to date."""
    better = value < state.best_loss
    best, best_loss = jax.tree.map(
        lambda a, b: jnp.where(better, a, b), (state.kept, value), (state.best, state.best_loss)
    )
    since = jnp.where(better, 0, state.evaluations_since_best + 1)
    return eqx.tree_at(
        lambda s: (s.best, s.best_loss, s.evaluations_since_best),
        state,
        (best, best_loss, since),
        is_leaf=lambda leaf: leaf is None,
    )
