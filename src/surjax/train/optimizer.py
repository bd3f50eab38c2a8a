"""The optimiser and its learning-rate schedule, from a plan."""

import optax

from surjax.train.plan import Plan
from surjax.train.scale_penalty import add_scale_penalty


def schedule(plan: Plan) -> optax.Schedule:
    """step → learning rate: a linear warm-up, then constant, cosine or exponential, then a cool-down.

    The cosine falls from the end of the warm-up to the cool-down. The exponential falls in steps that
    count from step 0, and the warm-up is a factor of it.
    """
    rate, end = plan.config.learning_rate, plan.steps - plan.cooldown_steps
    main = _exponential(plan) if plan.config.schedule == "exponential" else _after_warmup(plan, rate, end)
    if plan.cooldown_steps == 0:
        return main
    return optax.join_schedules([main, optax.constant_schedule(plan.config.cooldown_learning_rate)], [end])


def _after_warmup(plan: Plan, rate: float, end: int) -> optax.Schedule:
    warmup = plan.warmup_steps
    if plan.config.schedule == "cosine":
        after = optax.cosine_decay_schedule(rate, max(end - warmup, 1))
    else:
        after = optax.constant_schedule(rate)
    if warmup == 0:
        return after
    return optax.join_schedules([optax.linear_schedule(0.0, rate, warmup), after], [warmup])


def _exponential(plan: Plan) -> optax.Schedule:
    rate, factor = plan.config.learning_rate, plan.config.decay_rate
    decay = optax.exponential_decay(rate, plan.decay_steps, factor, staircase=True)
    if plan.warmup_steps == 0:
        return decay
    warmup = optax.linear_schedule(0.0, 1.0, plan.warmup_steps)
    return lambda step: warmup(step) * decay(step)


def optimizer(plan: Plan) -> optax.GradientTransformation:
    """Gradient clipping, then Adam (Kingma and Ba 2015), AdamW (Loshchilov and Hutter 2019) or Adamax.

    The penalty on the scales of weights is a part of the gradient that is clipped.
    """
    config, rate = plan.config, schedule(plan)
    if config.optimizer == "adamw":
        step = optax.adamw(rate, config.b1, config.b2, weight_decay=config.weight_decay)
    else:
        step = {"adam": optax.adam, "adamax": optax.adamax}[config.optimizer](rate, config.b1, config.b2)
    before = [add_scale_penalty(config.scale_penalty)] if config.scale_penalty else []
    before += [optax.clip_by_global_norm(config.clip_norm)] if config.clip_norm is not None else []
    return optax.chain(*before, step) if before else step
