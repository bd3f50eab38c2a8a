"""Ctrl-C (SIGINT), and what a cluster sends before it kills (SIGTERM), in the middle of a training."""

import _thread
import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any


class Presses:
    """Calling it tells whether Ctrl-C was pressed; see `ctrl_c`."""

    def __init__(self, signals: tuple[int, ...] = (signal.SIGINT,)) -> None:
        self._handlers: dict[int, Any] = {number: signal.getsignal(number) for number in signals}
        self._pressed = self._held = False
        self._late: int | None = None

    @property
    def signals(self) -> tuple[int, ...]:
        """Which signals count as a press."""
        return tuple(self._handlers)

    def __call__(self) -> bool:
        """Whether it was pressed."""
        return self._pressed

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Let a second press wait until the block ends, so that nothing in it is left half done."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
            if self._late is not None:
                self._pass_on(self._late)

    def restore(self) -> None:
        """Put back the handlers that were there before."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def note(self, number: int, _: object) -> None:
        """Take a signal: the first is noted, the next goes to the handler that was there before."""
        if number == signal.SIGTERM:
            Terminated.came = True
        if not self._pressed:
            self._pressed = True
        elif self._held:
            self._late = number
        else:
            self._pass_on(number)

    def _pass_on(self, number: int) -> None:
        self.restore()
        signal.raise_signal(number)


class Terminated(KeyboardInterrupt):
    """SIGTERM, which ends a command as Ctrl-C does. `came`: whether it was sent since the command began."""

    came = False


@contextlib.contextmanager
def ctrl_c() -> Iterator[Presses]:
    """Note the first Ctrl-C in the block instead of raising KeyboardInterrupt; the second one raises it.

    So what is running, a compiled program that would end as a whole anyway, is not lost. SIGTERM counts as
    Ctrl-C where somebody handles it, as the command line does (see `ended_by_signals`); a program that does
    not is killed by it as ever. Outside the main thread, which alone receives signals, nothing changes.

    Yields:
        Whether Ctrl-C was pressed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield Presses()
        return
    handled = signal.getsignal(signal.SIGTERM) not in (signal.SIG_DFL, signal.SIG_IGN, None)
    presses = Presses((signal.SIGINT, signal.SIGTERM) if handled else (signal.SIGINT,))
    for number in presses.signals:
        signal.signal(number, presses.note)
    try:
        yield presses
    finally:
        presses.restore()


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Have SIGTERM raise `Terminated` in the block, and let no Ctrl-C be lost.

    Python drops an exception that is raised in a callback of the garbage collector, of which JAX has one, or
    in a destructor: a Ctrl-C that lands there is pressed once more, a moment later.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    Terminated.came = False
    handler, hook = signal.getsignal(signal.SIGTERM), sys.unraisablehook

    def end(*_: object) -> None:
        Terminated.came = True
        raise Terminated

    def again(lost: Any) -> None:
        if not isinstance(lost.exc_value, KeyboardInterrupt):
            hook(lost)
            return
        number = signal.SIGTERM if isinstance(lost.exc_value, Terminated) else signal.SIGINT
        timer = threading.Timer(0.05, _thread.interrupt_main, [number])
        timer.daemon = True
        timer.start()

    if handler is not signal.SIG_IGN:
        signal.signal(signal.SIGTERM, end)
    sys.unraisablehook = again
    try:
        yield
    finally:
        sys.unraisablehook = hook
        if handler is not None:  # None: of C, and not to be put back
            signal.signal(signal.SIGTERM, handler)
