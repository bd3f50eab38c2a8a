import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.models.poolflow import PoolFlow
from surjax.parameters import partition
from surjax.train.config import SCHEDULES
from surjax.train.optimizer import gradient_to_follow, optimizer, schedule
from surjax.train.plan import make_plan


def rates(config, *steps, rows=1000, shape=()):
    rate = schedule(make_plan(config, rows, shape))
    return [float(rate(step)) for step in steps]


def test_cosine_follows_a_linear_warmup():
    config = sx.TrainConfig(steps=100, learning_rate=1.0, warmup_steps=10, schedule="cosine")
    assert rates(config, 0, 5, 10, 55, 100) == pytest.approx([0.0, 0.5, 1.0, 0.5, 0.0], abs=1e-6)


def test_exponential_falls_once_an_epoch_and_counts_from_the_first():
    config = sx.TrainConfig(learning_rate=1.0, schedule="exponential", decay_rate=0.5, decay_steps=10)
    assert rates(config, 0, 9, 10, 20) == pytest.approx([1.0, 1.0, 0.5, 0.25])
    config = sx.TrainConfig(
        steps=None,
        epochs=8,
        batch_size=32,  # 31 batches an epoch
        learning_rate=1.0,
        schedule="exponential",
        decay_rate=0.5,
        decay_epochs=1,
        warmup_epochs=2,
    )
    assert rates(config, 0, 30, 31, 62, 93) == pytest.approx([0.0, 30 / 62, 0.25, 0.25, 0.125])


def test_dip_lasts_for_the_first_step_of_every_epoch_but_the_first_one():
    config = sx.TrainConfig(
        steps=None,
        epochs=4,
        batch_size=100,
        learning_rate=1.0,
        schedule="dip",
        decay_rate=0.5,
        decay_epochs=1,
    )
    assert rates(config, 0, 9, 10, 11, 19, 20, 21, 30) == pytest.approx([1, 1, 0.5, 1, 1, 0.5, 1, 0.5])
    warming = dataclasses.replace(config, warmup_steps=20)
    assert rates(warming, 0, 9, 10, 11, 20, 21) == pytest.approx([0, 0.45, 0.25, 0.55, 0.5, 1])


@pytest.mark.parametrize("name", SCHEDULES)
def test_warmup_in_examples_and_its_hold_are_factors_of_every_schedule(name):
    config = sx.TrainConfig(
        steps=40, batch_size=10, learning_rate=1.0, schedule=name, decay_steps=3, decay_rate=0.5
    )
    step = np.arange(12)

    def after(start):
        """What the schedule is without a warm-up; the cosine falls from the first whole step after it."""
        if name == "cosine":
            return (1 + np.cos(np.pi * np.maximum(step - start, 0) / (40 - start))) / 2
        return np.asarray(rates(config, *step))

    warming = dataclasses.replace(config, warmup_examples=25)
    assert rates(warming, *step) == pytest.approx(after(3) * np.minimum(step / 2.5, 1))
    held = dataclasses.replace(warming, warmup_hold=2)
    assert rates(held, *step) == pytest.approx(after(5) * np.clip((step - 2) / 2.5, 0, 1))
    assert rates(held, 0, 1, 2) == [0, 0, 0]
    only_held = dataclasses.replace(config, warmup_hold=2)
    assert rates(only_held, *step) == pytest.approx(after(2) * (step >= 2))


def test_poolflow_trains_at_the_rates_of_the_authors_code():
    training = PoolFlow().training
    epoch = 50_000 // training.batch_size
    warm, last = training.warmup_steps, 500 * epoch
    steps = (0, epoch, warm - 1, warm, 10 * epoch, 10 * epoch + 1, last - 1, last)
    given = rates(training, *steps, rows=50_000, shape=(3, 32, 32))
    wanted = [0, 0.995 * epoch / warm, 1 - 1 / warm, 1, 0.995, 1, 1, 0.02]
    assert given == pytest.approx([1e-3 * share for share in wanted])


@pytest.mark.parametrize("name", SCHEDULES)
def test_cooldown_ends_every_schedule(name):
    config = sx.TrainConfig(
        steps=None, epochs=4, batch_size=100, schedule=name, cooldown_epochs=1, cooldown_learning_rate=7e-5
    )
    assert rates(config, 30, 39) == pytest.approx([7e-5, 7e-5])
    before = rates(config, 29)[0]
    assert before != pytest.approx(7e-5)
    if name == "cosine":
        assert before < 0.01 * config.learning_rate  # it is over when the cool-down begins


@pytest.mark.parametrize("name", ["adam", "adamw", "adamax"])
def test_moments_decay_as_the_settings_say(name):
    config = sx.TrainConfig(optimizer=name, learning_rate=1.0, b1=0.5, b2=0.25, weight_decay=0.0)
    step, weight = optimizer(make_plan(config, 1000)), jnp.asarray(0.0)
    state, gradients = step.init(weight), (3.0, 1.0)
    for gradient in gradients:
        update, state = step.update(jnp.asarray(gradient), state, weight)
    # Kingma and Ba (2015), algorithms 1 and 2, after two steps
    first = (0.5 * 0.5 * 3 + 0.5 * 1) / (1 - 0.5**2)
    second = ((0.75 * 0.25 * 9 + 0.75 * 1) / (1 - 0.25**2)) ** 0.5
    assert float(update) == pytest.approx(-first / (max(0.25 * 3, 1.0) if name == "adamax" else second))


@pytest.mark.parametrize("name", ["adam", "adamw", "adamax"])
def test_loss_unit_shows_in_gradients_near_epsilon(name):
    def update(gradient, **changes):
        config = sx.TrainConfig(optimizer=name, learning_rate=1.0, weight_decay=0.0, **changes)
        plan, weight = make_plan(config, 1000, (3, 8, 8)), jnp.asarray(0.0)
        step, gradient = optimizer(plan), gradient_to_follow(plan, jnp.asarray(gradient), weight, None)
        return float(step.update(gradient, step.init(weight), weight)[0])

    def near(value):
        return pytest.approx(value, rel=1e-4)

    unit = 3 * 8 * 8 * np.log(2)
    assert update(1e-8) == near(-0.5)
    assert update(1e-8, loss_unit="bits_per_dim") == near(-1 / (1 + unit))
    assert update(1e-8 * unit, loss_unit="bits_per_dim") == near(-0.5)
    assert update(1.0, loss_unit="bits_per_dim", clip_norm=1e-8) == near(-0.5)


def test_scale_penalty_pulls_on_the_scales_of_weights_and_on_nothing_else():
    key = jax.random.key(0)
    network = sx.nn.BoundedScale(sx.nn.ResidualConv(2, 4, width=3, blocks=2, key=key))
    glow = sx.nn.GlowConv(2, 4, width=3, key=key)  # its scales are those of ActNorm
    params, static = partition((network, glow))
    plan = make_plan(sx.TrainConfig(scale_penalty=0.5), 1000)
    zero = jax.tree.map(jnp.zeros_like, params)
    pulled, other = gradient_to_follow(plan, zero, params, static)
    # 0.5 · d/dlog s (s²) = s² = 1 for each of 2 + 2 · 3 convolutions of 3 channels
    scales = [pulled.network.first, pulled.network.skip, *vars(pulled.network.blocks).values()]
    assert sum(float(conv.log_scale.sum()) for conv in scales) == pytest.approx(8 * 3)
    assert float(pulled.bound) == pytest.approx(1.0)
    total = sum(float(jnp.abs(leaf).sum()) for leaf in jax.tree.leaves(pulled))
    assert total == pytest.approx(8 * 3 + 1)
    assert not any(leaf.any() for leaf in jax.tree.leaves(other))
