import dataclasses
import json

import jax
import numpy as np
import pytest

import surjax as sx
from surjax.parameters import partition
from surjax.train import program
from surjax.train.examples import Examples
from surjax.train.feed import Resident
from surjax.train.optimizer import optimizer
from surjax.train.plan import make_plan
from surjax.train.program import Program
from surjax.train.state import start

CONFIG = sx.TrainConfig(steps=50, batch_size=16, learning_rate=0.05, eval_every=20, ema_decay=0.9)


def data(n=128, key=0):
    return Examples(3.0 + 0.5 * jax.random.normal(jax.random.key(key), (n, 2)))


def run(seconds: float, monkeypatch: pytest.MonkeyPatch):
    """Train to the end in calls of about so many seconds: the last state, and each call's step and report."""
    monkeypatch.setattr(program, "STRETCH_SECONDS", seconds)
    flow = sx.Flow(sx.Normal((2,)), sx.Affine((2,)))
    _, static = partition(flow)
    plan = make_plan(CONFIG, data().n)
    state = start(flow, CONFIG, optimizer(plan))
    call = Program(state, static, Resident(data(), plan), data(32, 1), plan, optimizer(plan))
    calls = []
    while int(state.step) < CONFIG.steps:
        state, report = call(state)
        calls.append((int(state.step), report))
    return state, calls


def test_numbers_do_not_depend_on_how_many_steps_a_call_takes(monkeypatch):
    many, short_calls = run(0.0, monkeypatch)
    few, long_calls = run(1000.0, monkeypatch)
    assert [step for step, _ in short_calls] == list(range(1, 51))
    assert [step for step, _ in long_calls] == [1, 20, 40, 50]
    for calls in (short_calls, long_calls):
        assert [step for step, report in calls if report is not None] == [20, 40, 50]
    for one, other in zip(jax.tree.leaves(many), jax.tree.leaves(few), strict=True):
        assert np.array_equal(one, other)
    reports = [[report for _, report in calls if report is not None] for calls in (short_calls, long_calls)]
    for one, other in zip(*reports, strict=True):
        assert (float(one.train_loss), float(one.validation_loss)) == (
            float(other.train_loss),
            float(other.validation_loss),
        )


def test_progress_is_told_between_evaluations_too(monkeypatch):
    monkeypatch.setattr(program, "STRETCH_SECONDS", 0.0)
    told = []
    config = dataclasses.replace(CONFIG, steps=6, eval_every=3)
    fitted = sx.fit(
        sx.Flow(sx.Normal((2,)), sx.Affine((2,))),
        data().x,
        validation=data(32, 1).x,
        config=config,
        callbacks=[told.append],
    )
    assert [(progress.step, progress.evaluated) for progress in told] == [
        (0, True),
        (1, False),
        (2, False),
        (3, True),
        (4, False),
        (5, False),
        (6, True),
    ]
    np.testing.assert_equal(  # NaNs are equal
        [list(progress) for progress in fitted.history],
        [list(told[i]._replace(flow=None)) for i in (0, 3, 6)],
    )
    assert fitted.step == 6
    assert np.isnan(told[1].validation_loss)
    assert np.isnan(told[0].train_loss)
    assert np.isfinite([progress.train_loss for progress in told[1:]]).all()
    assert told[0].seconds < told[6].seconds
    assert json.dumps(fitted.history[1]._asdict())
    assert np.isfinite([told[0].best_loss, told[3].best_loss]).all()
