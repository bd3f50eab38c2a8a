"""The optimiser and its learning-rate schedule, from a plan."""

import math
from functools import lru_cache, partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

from surjax.errors import ConfigError
from surjax.regularization import penalty
from surjax.train.config import OPTIMISATION, TrainConfig
from surjax.train.plan import Plan
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


def optimizer(
    plan: Plan, own: optax.GradientTransformation | None = None
) -> optax.GradientTransformationExtraArgs:
    """Gradient clipping, then Adam (Kingma and Ba 2015), AdamW (Loshchilov and Hutter 2019) or Adamax.

    own takes the place of all that. It may be one that wants the loss too, as `value`, such as
    `optax.contrib.reduce_on_plateau`. Plans that differ in the seed alone are given the same functions.

    Raises ConfigError where own is none of optax's transformations, or would silently take the place of
    settings that are not their defaults.
    """
    return _optimizer(plan.for_any_seed, own)


@lru_cache(maxsize=16)
def _optimizer(plan: Plan, own: optax.GradientTransformation | None) -> optax.GradientTransformationExtraArgs:
    if own is not None:
        _require_room(plan.config, own)
        return optax.with_extra_args_support(own)
    config, rate = plan.config, schedule(plan)
    if config.optimizer == "adamw":
        step = optax.adamw(rate, config.b1, config.b2, weight_decay=config.weight_decay)
    else:
        step = {"adam": optax.adam, "adamax": optax.adamax}[config.optimizer](rate, config.b1, config.b2)
    clip = [] if config.clip_norm is None else [optax.clip_by_global_norm(config.clip_norm)]
    return optax.with_extra_args_support(optax.chain(*clip, step) if clip else step)


def _require_room(config: TrainConfig, own: Any) -> None:
    """ConfigError where `own` is no optimiser, or the configuration asks for another one."""
    if not isinstance(own, optax.GradientTransformation):
        raise ConfigError(
            f"optimizer is {own!r} and must be a transformation of optax: names are for TrainConfig's."
        )
    default = TrainConfig()
    asked = [name for name in OPTIMISATION if getattr(config, name) != getattr(default, name)]
    if asked:
        told = ", ".join(f"{name} is {getattr(config, name)!r}" for name in asked)
        raise ConfigError(
            f"an optimizer is given in whose place the configuration has its own ({told}): put that into the "
            "optimizer, and leave it out of the configuration."
        )


def gradient_to_follow(plan: Plan, gradient: Any, params: Any, static: Any) -> Any:
    """What the optimiser sees: the gradient of the loss in its unit and of `scale_penalty` times the penalty.

    gradient is that of the loss in nats, in the parameters; static is the model without them.
    """
    if plan.loss_scale != 1:
        gradient = jax.tree.map(lambda g: plan.loss_scale * g, gradient)
    factor = plan.config.scale_penalty
    if factor == 0:
        return gradient
    pull = jax.grad(lambda params: penalty(eqx.combine(params, static)))(params)
    return jax.tree.map(lambda g, p: g + factor * p, gradient, pull)
