"""Ctrl-C in the middle of a training."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def ctrl_c() -> Iterator[Callable[[], bool]]:
    """Note the first Ctrl-C in the block instead of raising KeyboardInterrupt; the second one raises it.

    So what is running, a compiled program that would end as a whole anyway, is not lost. Outside the
    main thread, which alone receives signals, nothing changes.

    Yields:
        Whether Ctrl-C was pressed.
    """
    pressed = False
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = signal.getsignal(signal.SIGINT)

    def note(*_: object) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)
