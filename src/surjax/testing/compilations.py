"""How many programs were compiled."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager

import jax

EVENT = "/jax/core/compile/backend_compile_duration"
"""What JAX tells of each program that it compiles."""

_counting: list["Compilations"] = []


class Compilations:
    """The programs that were compiled since counting began, by their names ("" where JAX tells none), and the
    seconds that XLA took for all of them."""

    def __init__(self):
        self.names: list[str] = []
        self.seconds = 0.0

    def __len__(self) -> int:
        """How many."""
        return len(self.names)

    def __repr__(self) -> str:
        """How many, and which."""
        return f"{len(self)} compilations ({', '.join(self.names) or 'none'})"


@contextmanager
def count_compilations() -> Iterator[Compilations]:
    """Count what JAX compiles inside the `with`: what is called again with the same shapes should be nothing.

    Every operation outside of `jax.jit` is a small program, which counts when it is compiled first.

    >>> import jax, surjax as sx
    >>> flow, x = sx.Flow(sx.Normal((2,)), sx.Affine((2,))), jax.numpy.ones((3, 2))
    >>> _ = flow.log_prob(x)
    >>> with count_compilations() as compiled:
    ...     _ = [flow.log_prob(x) for _ in range(5)]
    >>> len(compiled)
    0
    """
    _listen()
    counted = Compilations()
    _counting.append(counted)
    try:
        yield counted
    finally:
        _counting.remove(counted)


@functools.cache
def _listen() -> None:
    """Hear of every compilation, from the first count on."""

    def hear(event: str, duration_secs: float, **kwargs: str | int) -> None:
        if event == EVENT:
            for counted in _counting:
                counted.names.append(str(kwargs.get("fun_name", "")))
                counted.seconds += duration_secs

    jax.monitoring.register_event_duration_secs_listener(hear)
