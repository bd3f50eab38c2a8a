"""The batch that fits, by the memory that XLA plans; the limit is set here, so that the answer is known."""

import dataclasses

import jax
import numpy as np
import pytest
import small

from surjax.train import fitting_batch as module
from surjax.train.fitting_batch import FittingBatch, StepMemory, fitting_batch, step_bytes, step_memory

CONFIG = dataclasses.replace(small.CONFIG, batch_size=64, accumulate=2)
IMAGES = small.images()


@pytest.fixture
def line(monkeypatch):
    """A step of 1000 + 100 n bytes, whatever the model."""
    monkeypatch.setattr(module, "step_bytes", lambda flow, dtype, examples: 1000 + 100 * examples)
    return StepMemory(1000.0, 100.0)


def fitting(step: float, **changes) -> FittingBatch | None:
    """What fits where so many bytes are left for the step."""
    config = dataclasses.replace(CONFIG, **changes)
    state = jax.eval_shape(lambda: module.start(small.flow(), config, module.optimizer(plan_of(config))))
    held = 5000 + sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(state))
    return fitting_batch(small.flow(), IMAGES, config, (step + held + 0.5) / 0.9, 5000)


def plan_of(config):
    return module.make_plan(config, len(IMAGES), small.SHAPE)


def test_memory_grows_with_the_batch_as_it_was_measured():
    memory = step_memory(small.flow(), np.uint8, 4)
    whole = step_bytes(small.flow(), np.uint8, 64)
    assert memory.at(8) == pytest.approx(step_bytes(small.flow(), np.uint8, 8))
    assert 0 < memory.at(8) < memory.at(16) < memory.at(64)
    assert whole / 2 < memory.at(64) < 2 * whole


def test_the_largest_divisor_and_the_largest_power_of_two(line):
    told = fitting(1000 + 100 * 17)
    assert (told.accumulate, told.batch_size) == (4, 2 * 16)
    assert told.needed - told.least == 100 * 31  # 32 at once, and 1
    told = fitting(1000 + 100 * 12, batch_size=60)
    assert (told.accumulate, told.batch_size) == (5, 2 * 8)
    assert fitting(1000 + 100 * 2).accumulate == 32


def test_what_fits_is_not_the_step_and_what_does_not_has_no_batch(line):
    assert fitting(1000 + 100 * 32) is None
    for step in (1000 + 99, 100, -1e6):
        told = fitting(step)
        assert (told.accumulate, told.batch_size) == (None, None)


def test_a_batch_is_named_only_where_it_was_measured_to_fit(monkeypatch):
    monkeypatch.setattr(module, "step_bytes", lambda flow, dtype, n: 1000 + 100 * n + 200 * (n > 8))
    told = fitting(1000 + 100 * 17)  # the line says 17, and 16 take as much as 18 on it
    assert (told.accumulate, told.batch_size) == (8, 2 * 8)
