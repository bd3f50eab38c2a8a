"""How long a call of JAX's takes once it is compiled."""

import time
from collections.abc import Callable
from typing import Any

import jax
import numpy as np


def seconds_of(call: Callable[[], Any], times: int = 5) -> float:
    """The median of so many calls after a first one, which compiles."""
    jax.block_until_ready(call())
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        jax.block_until_ready(call())
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds))
