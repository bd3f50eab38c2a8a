"""The training loop: many steps and an evaluation in one compiled program."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

from surjax.train.augment import augmented
from surjax.train.examples import Block, Examples, Moments
from surjax.train.objective import Objective, loss_and_gradient, mean_loss
from surjax.train.optimizer import gradient_to_follow
from surjax.train.plan import Keys, Plan
from surjax.train.shuffle import indices_of_steps
from surjax.train.state import TrainState
from surjax.typing import Array


class Report(NamedTuple):
    """What an evaluation saw: losses in nats an example.

    train_loss is the mean over the steps since the last evaluation whose loss was finite, and train_steps
    how many these are. Where there are none, and between two evaluations, what there is not to report is 0,
    so that NaN is never a number that was meant (`jax_debug_nans`). Without validation rows their loss is
    None.
    """

    train_loss: Array
    train_steps: Array
    validation_loss: Array | None


def run_steps(
    state: TrainState,
    end: Array,
    due: Array,
    static: Any,
    rows_from: Examples | Block | Moments,
    validation: Examples | None,
    keys: Keys,
    objective: Objective,
    plan: Plan,
    optimizer: optax.GradientTransformationExtraArgs,
    most: int,
) -> tuple[TrainState, Report]:
    """Take the optimiser steps up to step `end`, and evaluate there where `due` says so.

    There may be `most` of them at the most: how many is no constant of the compiled program, so that one
    program serves any stretch, and neither are the keys, given as their numbers. static is the model without
    its trained parameters; rows_from is the whole data set, a block of it that has the rows of these steps,
    or, where there are no data, what tells their moments. A step whose loss or gradient is not finite leaves
    parameters and optimiser as they were, and is counted.
    """
    config, devices = plan.config, plan.devices
    keys = Keys(*map(jax.random.wrap_key_data, keys))
    first = state.step
    batch_of = _batches(rows_from, first, keys, plan, most)

    def step(i: Array, state: TrainState) -> TrainState:
        key = jax.random.fold_in(keys.noise, state.step)
        value, gradient = loss_and_gradient(
            state.params, static, batch_of(i, state.step), key, config.accumulate, devices, objective
        )
        good = jnp.isfinite(value) & jnp.isfinite(optax.tree.norm(gradient))
        gradient = gradient_to_follow(plan, gradient, state.params, static)
        updates, moments = optimizer.update(gradient, state.optimizer, state.params, value=value)
        new = (optax.apply_updates(state.params, updates), moments)
        params, moments = jax.tree.map(
            lambda a, b: jnp.where(good, a, b), new, (state.params, state.optimizer)
        )
        bad = 1 - good.astype(jnp.int32)
        return TrainState(
            params=params,
            ema=_average(state, params, config.ema_decay),
            optimizer=moments,
            best=state.best,
            best_loss=state.best_loss,
            step=state.step + 1,
            evaluations_since_best=state.evaluations_since_best,
            bad_steps=state.bad_steps + bad,
            bad_in_a_row=(state.bad_in_a_row + bad) * bad,
            loss_sum=state.loss_sum + jnp.where(good, value, 0).astype(state.loss_sum.dtype),
            loss_count=state.loss_count + 1 - bad,
        )

    def evaluate(state: TrainState) -> tuple[TrainState, Report]:
        mean, steps = state.loss_sum / jnp.maximum(state.loss_count, 1), state.loss_count
        state = eqx.tree_at(lambda s: (s.loss_sum, s.loss_count), state, replace_fn=jnp.zeros_like)
        if validation is None:
            return state, Report(mean, steps, None)
        value = mean_loss(
            objective,
            eqx.combine(state.kept, static),
            validation,
            keys.validation,
            plan.eval_batch_size,
            devices,
        ).astype(mean.dtype)
        return _remember(state, value), Report(mean, steps, value)

    def pass_by(state: TrainState) -> tuple[TrainState, Report]:
        zero = jnp.zeros_like(state.loss_sum)
        return state, Report(zero, jnp.zeros_like(state.loss_count), None if validation is None else zero)

    state = jax.lax.fori_loop(0, end - first, step, state)
    return devices.share(jax.lax.cond(due, evaluate, pass_by, state))


def _batches(
    rows_from: Examples | Block | Moments, first: Array, keys: Keys, plan: Plan, most: int
) -> Callable[[Array, Array], Examples]:
    """(how many steps after the first, the step) → its batch."""
    config = plan.config
    if isinstance(rows_from, Moments):
        return lambda i, step: rows_from.at(step, plan.batch_size)
    if isinstance(rows_from, Block):
        data, rows = rows_from.data, _rows_of_block(rows_from, first, most, plan.batch_size)
    else:
        data, rows = rows_from, indices_of_steps(keys.order, first, most, rows_from.n, plan.batch_size)

    def batch_of(i: Array, step: Array) -> Examples:
        batch = data.take(rows[i])
        if not config.changes_images:
            return batch
        key = jax.random.fold_in(keys.augment, step)
        return batch._replace(x=augmented(key, batch.x, *config.augmentation))

    return batch_of


def _rows_of_block(block: Block, first: Array, steps: int, batch_size: int) -> Array:
    """Where the batches of `steps` steps from `first` on lie in a block: (steps, batch_size)."""
    at = first - block.first + jnp.arange(steps, dtype=jnp.int32)
    return (at[:, None] * batch_size + jnp.arange(batch_size)).astype(jnp.uint32)


def _average(state: TrainState, params: Any, most: float | None) -> Any:
    """The moving average; its decay grows from 1/10 so that the start is soon forgotten."""
    if most is None:
        return None
    decay = jnp.minimum(most, (1.0 + state.step) / (10.0 + state.step))
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
