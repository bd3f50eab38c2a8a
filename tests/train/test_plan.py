import dataclasses

import jax
import numpy as np
import pytest

import surjax as sx
from surjax.errors import ConfigError, DataError
from surjax.train.plan import make_plan


def test_the_budget_that_ends_first_counts():
    epochs = sx.TrainConfig(steps=None, epochs=2.5, batch_size=10)
    assert make_plan(epochs, 109).steps == 25  # ten whole batches an epoch
    assert make_plan(dataclasses.replace(epochs, steps=7), 109).steps == 7
    assert make_plan(dataclasses.replace(epochs, steps=70), 109).steps == 25
    assert make_plan(dataclasses.replace(epochs, epochs=0.001), 109).steps == 1
    assert make_plan(epochs, 4).steps == 2  # of four rows each


def test_parts_of_the_schedule_are_counted_in_steps():
    config = sx.TrainConfig(
        steps=None, epochs=10, batch_size=32, warmup_epochs=0.5, decay_epochs=1, cooldown_epochs=2
    )
    plan = make_plan(config, 3200)
    assert (plan.warmup_steps, plan.decay_steps, plan.cooldown_steps) == (50, 100, 200)
    plan = make_plan(sx.TrainConfig(warmup_steps=3, decay_steps=4, cooldown_steps=5), 3200)
    assert (plan.warmup_steps, plan.decay_steps, plan.cooldown_steps) == (3, 4, 5)
    examples = sx.TrainConfig(batch_size=32, warmup_steps=3, warmup_examples=80)
    assert make_plan(examples, 3200).warmup_steps == 2.5
    assert make_plan(examples, 20).warmup_steps == 4  # of twenty rows each


def test_images_go_through_the_model_a_batch_at_a_time_and_rows_many():
    config = sx.TrainConfig(batch_size=64, accumulate=4)
    images, rows = make_plan(config, 1000, (3, 32, 32)), make_plan(config, 1000, (5,))
    assert (images.eval_batch_size, images.initial_rows) == (16, 64)
    assert (rows.eval_batch_size, rows.initial_rows) == (8192, 4096)
    given = dataclasses.replace(config, eval_batch_size=100, initial_rows=50)
    assert make_plan(given, 1000, (3, 32, 32)).eval_batch_size == 100
    assert make_plan(given, 1000, (3, 32, 32)).initial_rows == 50


def test_evaluations_come_fifty_times_or_as_often_as_asked():
    assert make_plan(sx.TrainConfig(steps=1001), 1000).interval == 21
    assert make_plan(sx.TrainConfig(steps=10), 1000).interval == 1
    assert make_plan(sx.TrainConfig(steps=10, eval_every=99), 1000).interval == 10


@pytest.mark.parametrize(
    ("steps", "batch_size", "shape", "held_out"),
    [
        (100, 16, (3, 32, 32), 5000),
        (12_000, 16, (3, 32, 32), 5000),
        (1000, 128, (4,), 15_000),
        (60, 32, (2,), 10**6),
    ],
)
def test_evaluations_cost_a_tenth_of_the_steps_at_most(steps, batch_size, shape, held_out):
    config = sx.TrainConfig(steps=steps, batch_size=batch_size)
    plan = make_plan(config, 10**6, shape, held_out=held_out)
    a_step = 3 * batch_size if len(shape) == 3 else max(3 * batch_size, 2000)
    assert plan.validation_rows * (plan.steps / plan.interval) <= 0.1 * a_step * plan.steps
    assert 10 <= plan.steps / plan.interval <= 50


def test_evaluations_are_as_they_are_asked_for():
    config = sx.TrainConfig(steps=100, batch_size=16, validation_rows=3000, eval_every=5)
    plan = make_plan(config, 10**6, (3, 32, 32), held_out=5000)
    assert (plan.interval, plan.validation_rows) == (5, 3000)
    few = make_plan(dataclasses.replace(config, validation_rows=None), 1000, (2,), held_out=200)
    assert (few.interval, few.validation_rows) == (5, 200)


def test_evaluations_of_some_of_the_validation_rows_say_so():
    flow, rows = sx.Flow(sx.Normal((1,)), sx.Affine((1,))), np.zeros((400, 1), np.float32)
    with pytest.warns(UserWarning, match="each evaluation is of 200 of the 400 validation rows"):
        sx.fit(flow, rows, validation=rows, config=sx.TrainConfig(steps=2, batch_size=8, eval_every=1))


def test_what_does_not_go_is_told_in_a_sentence():
    with pytest.raises(ConfigError, match="steps and epochs are both None: give one"):
        sx.TrainConfig(steps=None)
    with pytest.raises(ConfigError, match="accumulate is 3 and must be a divisor of batch_size, 128"):
        sx.TrainConfig(accumulate=3)
    with pytest.raises(ConfigError, match="epochs is 0 and must be above 0"):
        sx.TrainConfig(epochs=0)
    with pytest.raises(ConfigError, match=r"flip, translate, shift and crop are .* shape \(5,\): leave"):
        make_plan(sx.TrainConfig(shift=(0, 1)), 1000, (5,))
    with pytest.raises(ConfigError, match=r"shift is \(2, -3\) and must be two numbers, the first at most"):
        sx.TrainConfig(shift=(2, -3))
    with pytest.raises(ConfigError, match="warmup_epochs is 10 and warmup_examples is 40: give one"):
        sx.TrainConfig(warmup_epochs=10, warmup_examples=40)
    with pytest.raises(ConfigError, match="warmup_examples is 0 and must be above 0"):
        sx.TrainConfig(warmup_examples=0)
    with pytest.raises(ConfigError, match="loss_unit is 'bits' and must be one of nats, bits_per_dim"):
        sx.TrainConfig(loss_unit="bits")
    with pytest.raises(ConfigError, match="warmup_hold is -1 and must be 0 or more"):
        sx.TrainConfig(warmup_hold=-1)
    with pytest.raises(DataError, match=r"have 10 rows, .* lower accumulate or batch_size"):
        make_plan(sx.TrainConfig(accumulate=4), 10)
    many = len(jax.devices()) + 1
    with pytest.raises(ConfigError, match=f"devices is {many} and there are {many - 1}"):
        make_plan(sx.TrainConfig(devices=many), 1000)
