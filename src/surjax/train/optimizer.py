"""The optimiser and its learning-rate schedule, from a configuration."""

import optax

from surjax.train.config import TrainConfig


def schedule(config: TrainConfig) -> optax.Schedule:
    """step → learning rate: a linear warm-up, then constant, cosine or exponential."""
    rate = config.learning_rate
    if config.schedule == "cosine":
        after = optax.cosine_decay_schedule(rate, max(config.steps - config.warmup_steps, 1))
    elif config.schedule == "exponential":
        after = optax.exponential_decay(rate, config.decay_steps, config.decay_rate)
    else:
        after = optax.constant_schedule(rate)
    if config.warmup_steps == 0:
        return after
    warmup = optax.linear_schedule(0.0, rate, config.warmup_steps)
    return optax.join_schedules([warmup, after], [config.warmup_steps])


def optimizer(config: TrainConfig) -> optax.GradientTransformation:
    """Gradient clipping, then Adam (Kingma and Ba 2015), AdamW (Loshchilov and Hutter 2019) or Adamax."""
    rate = schedule(config)
    if config.optimizer == "adamw":
        step = optax.adamw(rate, weight_decay=config.weight_decay)
    else:
        step = {"adam": optax.adam, "adamax": optax.adamax}[config.optimizer](rate)
    if config.clip_norm is None:
        return step
    return optax.chain(optax.clip_by_global_norm(config.clip_norm), step)
