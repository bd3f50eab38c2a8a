"""The optimiser and its learning-rate schedule, from a plan."""

import math
from functools import partial
from typing import Any

import jax.numpy as jnp
import optax

from surjax.train.plan import Plan
from surjax.train.scale_penalty import add_scale_penalty
from surjax.typing import Array


def schedule(plan: Plan) -> optax.Schedule:
    """step → learning rate: a linear warm-up, then constant, cosine, exponential or dip, then a cool-down.

    With the learning rate η, h steps of hold and w of warm-up, before the cool-down it is

        η · min(max(step − h, 0) / w, 1) · f(step).

    The cosine falls from the end of the warm-up to the cool-down. The exponential falls in steps that
    count from step 0, f = decay_rate^⌊step / decay_steps⌋. The dip is f = decay_rate at the steps
    decay_steps, 2 · decay_steps, … alone and 1 at all others: what a decay at each epoch comes to where the
    warm-up sets the learning rate anew after every step, as in the code of Nielsen et al. (2020).
    """
    config, end = plan.config, plan.steps - plan.cooldown_steps
    start = config.warmup_hold + math.ceil(plan.warmup_steps)
    after = _after_warmup(plan, start, end)
    main = after if start == 0 else lambda step: _warmup(plan, step) * after(step)
    if plan.cooldown_steps == 0:
        return main
    return optax.join_schedules([main, optax.constant_schedule(config.cooldown_learning_rate)], [end])


def _warmup(plan: Plan, step: Any) -> Array:
    """The share of the learning rate that the warm-up gives a step, from 0 to 1."""
    hold = plan.config.warmup_hold
    if plan.warmup_steps == 0:
        return jnp.where(step < hold, 0.0, 1.0)
    return jnp.clip((step - hold) / plan.warmup_steps, 0.0, 1.0)


def _after_warmup(plan: Plan, start: int, end: int) -> optax.Schedule:
    rate = plan.config.learning_rate
    if plan.config.schedule == "cosine":
        cosine = optax.cosine_decay_schedule(rate, max(end - start, 1))
        return lambda step: cosine(jnp.maximum(step - start, 0))
    if plan.config.schedule == "exponential":
        return optax.exponential_decay(rate, plan.decay_steps, plan.config.decay_rate, staircase=True)
    if plan.config.schedule == "dip":
        return partial(_dip, plan)
    return optax.constant_schedule(rate)


def _dip(plan: Plan, step: Any) -> Array:
    dips = (step > 0) & (step % plan.decay_steps == 0)
    return plan.config.learning_rate * jnp.where(dips, plan.config.decay_rate, 1.0)


def optimizer(plan: Plan) -> optax.GradientTransformation:
    """Gradient clipping, then Adam (Kingma and Ba 2015), AdamW (Loshchilov and Hutter 2019) or Adamax.

    The gradient is that of the loss in its unit, and of the penalty on the scales of weights.
    """
    config, rate = plan.config, schedule(plan)
    if config.optimizer == "adamw":
        step = optax.adamw(rate, config.b1, config.b2, weight_decay=config.weight_decay)
    else:
        step = {"adam": optax.adam, "adamax": optax.adamax}[config.optimizer](rate, config.b1, config.b2)
    before = [optax.scale(plan.loss_scale)] if plan.loss_scale != 1 else []
    before += [add_scale_penalty(config.scale_penalty)] if config.scale_penalty else []
    before += [optax.clip_by_global_norm(config.clip_norm)] if config.clip_norm is not None else []
    return optax.chain(*before, step) if before else step
