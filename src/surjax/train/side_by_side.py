"""Several trainings at once, each on a thread of its own."""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from surjax.interrupt import ctrl_c
from surjax.threads import with_settings_of_here
from surjax.train.session import Callback, Fit, Progress

Training = Callable[[Sequence[Callback]], Fit]
"""Trains a model by `fit`, with these callbacks."""

_PATIENCE = 0.5
"""How many seconds a training waits for its callbacks before it looks whether it should end."""


def train_side_by_side(
    trainings: Sequence[Training], callbacks: Sequence[Callback] = (), at_once: int = 1
) -> list[Fit]:
    """What each training gives, of which so many run at once.

    The program of a small network keeps one core busy, hardly two, and Python is free while it runs. A
    training is begun once the one before it has made its first report, and has so compiled what they share.
    The callbacks are called on the thread that calls this, one report at a time; where one returns True, the
    training that reported ends. Ctrl-C ends all that were begun, and no other is begun: there are then fewer
    than were asked for, or some that are "interrupted".

    Raises what a training or a callback does, once the others have ended.
    """
    if min(at_once, len(trainings)) == 1:
        return _one_by_one(trainings, callbacks)
    messages: queue.SimpleQueue[_Report | Future[Fit]] = queue.SimpleQueue()
    stop, begun = threading.Event(), list[Future[Fit]]()
    with ctrl_c() as pressed, ThreadPoolExecutor(at_once) as pool:
        try:
            last_reported = True
            while True:
                try:
                    if pressed():
                        stop.set()
                    running = sum(not future.done() for future in begun)
                    more = len(begun) < len(trainings) and not stop.is_set()
                    if more and last_reported and running < at_once:
                        watched = _Watched(trainings[len(begun)], len(begun), messages, stop)
                        begun.append(pool.submit(with_settings_of_here(watched)))
                        begun[-1].add_done_callback(messages.put)
                        last_reported = False
                        continue
                    if not more and not running:
                        break
                    with pressed.held():
                        message = messages.get()
                    if isinstance(message, _Report):
                        last_reported |= message.number == len(begun) - 1
                        answers = [callback(message.progress) for callback in callbacks]
                        if pressed():
                            stop.set()
                        message.answer.put(any(answer is True for answer in answers))
                    else:
                        last_reported |= message is begun[-1]
                        if message.exception() is not None:
                            stop.set()
                except KeyboardInterrupt:  # of a second Ctrl-C
                    stop.set()
        finally:
            stop.set()
    return [future.result() for future in begun]


def _one_by_one(trainings: Sequence[Training], callbacks: Sequence[Callback]) -> list[Fit]:
    fits = list[Fit]()
    for training in trainings:
        fits.append(training(callbacks))
        if fits[-1].stopped == "interrupted":
            break
    return fits


class _Report:
    """The progress of a training, which waits to be told whether it should end."""

    def __init__(self, number: int, progress: Progress):
        self.number, self.progress = number, progress
        self.answer: queue.SimpleQueue[bool] = queue.SimpleQueue()


class _Watched:
    """A training whose reports are answered on another thread, and which ends where `stop` is set."""

    def __init__(
        self, training: Training, number: int, messages: queue.SimpleQueue, stop: threading.Event
    ) -> None:
        self._training, self._number, self._messages, self._stop = training, number, messages, stop
        self._told_to_stop = False

    def __call__(self) -> Fit:
        fitted = self._training([self._report])
        told = self._told_to_stop and fitted.stopped == "callback"
        return fitted._replace(stopped="interrupted") if told else fitted

    def _report(self, progress: Progress) -> bool:
        report = _Report(self._number, progress)
        self._messages.put(report)
        while not self._stop.is_set():
            try:
                if report.answer.get(timeout=_PATIENCE):
                    return True
                break
            except queue.Empty:
                pass
        self._told_to_stop = self._stop.is_set()
        return self._told_to_stop
