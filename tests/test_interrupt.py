import gc
import os
import signal
import threading
import time

import jax
import pytest

import surjax as sx
from surjax.interrupt import Terminated, ctrl_c, ended_by_signals


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_the_first_is_noted_and_the_second_raises():
    before = signal.getsignal(signal.SIGINT)
    with ctrl_c() as pressed:
        assert not pressed()
        press()
        assert pressed()
        with pytest.raises(KeyboardInterrupt):
            press()
    assert signal.getsignal(signal.SIGINT) is before


def test_the_second_waits_for_what_must_not_be_left_half_done():
    before, done = signal.getsignal(signal.SIGINT), []
    with ctrl_c() as pressed:

        def work():
            with pressed.held():
                press()
                press()
                done.append("all")

        with pytest.raises(KeyboardInterrupt):
            work()
    assert done == ["all"]
    assert signal.getsignal(signal.SIGINT) is before


def test_outside_the_main_thread_nothing_changes():
    seen = []

    def run():
        with ctrl_c() as pressed:
            seen.append((pressed(), signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [(False, signal.default_int_handler)]


def test_fit_ends_with_what_it_has_reached():
    x = 3 + jax.random.normal(jax.random.key(0), (64, 2))
    config = sx.TrainConfig(steps=1000, eval_every=10, batch_size=16)

    def stop(progress):
        if progress.step == 30:
            press()

    flow = sx.Flow(sx.Normal((2,)), sx.Affine((2,)))
    fitted = sx.fit(flow, x, config=config, callbacks=[stop])
    assert (fitted.stopped, fitted.step) == ("interrupted", 30)
    assert [progress.step for progress in fitted.history] == [10, 20, 30]
    assert float(fitted.flow.log_prob(x).mean()) > float(flow.log_prob(x).mean())


def test_sigterm_counts_as_a_press_where_somebody_handles_it():
    with ended_by_signals():
        with ctrl_c() as pressed:
            os.kill(os.getpid(), signal.SIGTERM)
            assert pressed()
            with pytest.raises(Terminated):
                os.kill(os.getpid(), signal.SIGTERM)
        assert Terminated.came
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    with ctrl_c() as pressed:
        assert pressed.signals == (signal.SIGINT,)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_press_that_lands_in_a_callback_of_the_garbage_collector_is_not_lost(number):
    def land(*_: object) -> None:
        gc.callbacks.remove(land)
        signal.raise_signal(number)

    def collect() -> None:
        gc.callbacks.append(land)
        gc.collect()
        for _ in range(100):
            time.sleep(0.05)  # the press is noted between two calls

    with ended_by_signals(), pytest.raises(KeyboardInterrupt):
        collect()
