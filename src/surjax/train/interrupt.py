"""Ctrl-C in the middle of a training."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any


class Presses:
    """Calling it tells whether Ctrl-C was pressed; see `ctrl_c`."""

    def __init__(self) -> None:
        self._handler: Any = signal.getsignal(signal.SIGINT)
        self._pressed = self._held = self._late = False

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
            if self._late:
                self._pass_on()

    def _note(self, *_: object) -> None:
        if not self._pressed:
            self._pressed = True
        elif self._held:
            self._late = True
        else:
            self._pass_on()

    def _pass_on(self) -> None:
        """Let the handler that was there before have it."""
        signal.signal(signal.SIGINT, self._handler)
        signal.raise_signal(signal.SIGINT)


@contextlib.contextmanager
def ctrl_c() -> Iterator[Presses]:
    """Note the first Ctrl-C in the block instead of raising KeyboardInterrupt; the second one raises it.

    So what is running, a compiled program that would end as a whole anyway, is not lost. Outside the
    main thread, which alone receives signals, nothing changes.

    Yields:
        Whether Ctrl-C was pressed.
    """
    presses = Presses()
    if threading.current_thread() is not threading.main_thread():
        yield presses
        return
    signal.signal(signal.SIGINT, presses._note)
    try:
        yield presses
    finally:
        signal.signal(signal.SIGINT, presses._handler)
