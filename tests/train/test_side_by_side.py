"""Trainings on threads of their own give what they give alone, and end as one does."""

import dataclasses
import os
import signal
import threading

import jax
import numpy as np
import pytest

import surjax as sx
from surjax.train import side_by_side
from surjax.train.side_by_side import train_side_by_side

X = 3 + jax.random.normal(jax.random.key(0), (256, 2))
CONFIG = sx.TrainConfig(steps=60, learning_rate=0.05, batch_size=64, eval_every=10, validation_rows=64)


def training(loc, config=CONFIG):
    def train(callbacks):
        flow = sx.Flow(sx.Normal((2,)), sx.Affine((2,), loc))
        return sx.fit(flow, X, validation=X[:64], config=config, callbacks=callbacks)

    return train


def test_they_give_what_they_give_one_by_one_and_report_where_they_were_asked():
    trainings = [training(loc) for loc in (0.0, 1.0, 2.0)]
    threads, reports = set(), []

    def tell(progress):
        threads.add(threading.current_thread())
        reports.append(progress)

    alone = train_side_by_side(trainings, at_once=1)
    beside = train_side_by_side(trainings, [tell], at_once=2)
    assert threads == {threading.current_thread()}
    assert sum(progress.step == 60 and progress.evaluated for progress in reports) == 3
    for one, other in zip(alone, beside, strict=True):
        assert other.stopped == "steps"
        np.testing.assert_array_equal(one.flow.log_prob(X), other.flow.log_prob(X))


def test_they_run_at_once_and_compile_what_they_share_once():
    steps = dict[str, int]()

    def tell(progress):
        steps[progress.part] = progress.step
        both.append(0 < steps.get("first", 0) < 3000 and steps.get("second", 0) > 0)

    def marked(part):
        def train(callbacks):
            (callback,) = callbacks
            return slow([lambda progress: callback(progress._replace(part=part))])

        return train

    both, slow = [], training(0.0, dataclasses.replace(CONFIG, steps=3000))
    fits = train_side_by_side([marked("first"), marked("second")], [tell], at_once=2)
    assert any(both)  # the second was under way before the first had ended
    assert fits[1].compile_seconds < 0.1 * fits[0].compile_seconds


def test_one_that_a_callback_ends_leaves_the_others():
    def enough(progress):
        return progress.step == 20 and progress.part == "first"

    def first(callbacks):
        (callback,) = callbacks
        return training(0.0)([lambda progress: callback(progress._replace(part="first"))])

    fits = train_side_by_side([first, training(1.0)], [enough], at_once=2)
    assert [fitted.stopped for fitted in fits] == ["callback", "steps"]


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_ends_all_that_were_begun_and_begins_no_other(presses):
    endless = sx.TrainConfig(steps=10**6, learning_rate=1e-3, batch_size=64, eval_every=100)
    reports = []

    def press(progress):
        reports.append(progress)
        if progress.step and len(reports) > 8 and not pressed:
            pressed.append(True)
            for _ in range(presses):
                os.kill(os.getpid(), signal.SIGINT)

    pressed = []
    fits = train_side_by_side([training(loc, endless) for loc in range(3)], [press], at_once=2)
    assert [fitted.stopped for fitted in fits] == ["interrupted", "interrupted"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("at_once", [1, 2])
def test_what_a_callback_or_a_training_raises_ends_all(at_once):
    def fail(progress):
        if progress.step:
            raise RuntimeError("of a callback")

    with pytest.raises(RuntimeError, match="of a callback"):
        train_side_by_side([training(0.0), training(1.0)], [fail], at_once)

    def broken(callbacks):
        raise RuntimeError("of a training")

    endless = sx.TrainConfig(steps=300, learning_rate=1e-3, batch_size=64, eval_every=100)
    with pytest.raises(RuntimeError, match="of a training"):
        train_side_by_side([training(0.0, endless), broken, training(0.0)], (), at_once)


def test_settings_of_jax_hold_on_the_threads_too():
    with jax.enable_x64(True):
        fits = train_side_by_side([training(0.0), training(1.0)], at_once=2)
        assert {str(fitted.flow.transform.shift.shift.dtype) for fitted in fits} == {"float64"}


def test_python_waits_for_no_answer_that_never_comes(monkeypatch):
    """A training whose callbacks were cut off ends by itself."""
    monkeypatch.setattr(side_by_side, "_PATIENCE", 0.01)
    ended = []

    def noted(callbacks):
        fitted = training(0.0)(callbacks)
        ended.append(fitted.stopped)
        return fitted

    def fail(progress):
        raise KeyError("lost")

    with pytest.raises(KeyError):
        train_side_by_side([noted, noted], [fail], at_once=2)
    assert ended == ["callback"]
