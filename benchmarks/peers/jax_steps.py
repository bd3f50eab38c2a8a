"""The clock of a training whose compiled step is called from Python."""

import time
from collections.abc import Callable
from typing import Any

import jax


def timed_steps(
    update: Callable[[Any, Any], tuple[Any, Any]], params: Any, state: Any, steps: int
) -> tuple[Any, float, float]:
    """(the parameters in the end, the seconds of a first step, which compiles, and those of the steps)."""
    start = time.perf_counter()
    params, state = jax.block_until_ready(update(params, state))
    first = time.perf_counter() - start

    start = time.perf_counter()
    for _ in range(steps):
        params, state = update(params, state)
    jax.block_until_ready(params)
    return params, first, time.perf_counter() - start
