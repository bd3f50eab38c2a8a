"""The memory that there is, and running out of it, told as a mistake that can be mended."""

import contextlib
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import jax
import psutil

from surjax.errors import SurjaxError

_CGROUP = Path("/sys/fs/cgroup")


def available_memory() -> int:
    """How many bytes a program's arrays may take where JAX computes.

    Of an accelerator they are all that JAX may use of its memory; else as `free_host_memory` tells.
    """
    statistics = jax.local_devices()[0].memory_stats()
    if statistics and statistics.get("bytes_limit"):
        return int(statistics["bytes_limit"])
    return free_host_memory()


def free_host_memory() -> int:
    """How many bytes are free of the machine's memory, or of the share of it that the process's container has
    (cgroup version 2, at the root)."""
    free = int(psutil.virtual_memory().available)
    with contextlib.suppress(OSError, ValueError):  # no cgroup, or one without a limit, which says "max"
        limit, used = (int((_CGROUP / name).read_text()) for name in ("memory.max", "memory.current"))
        statistics = dict(line.split() for line in (_CGROUP / "memory.stat").read_text().splitlines())
        # files that were read and are kept in memory count as used, and give way
        free = min(free, max(limit - used + int(statistics.get("inactive_file", 0)), 0))
    return free


def chunk_out_of_memory(n: int) -> contextlib.AbstractContextManager[None]:
    """`out_of_memory` where n examples go through a model at once and --chunk says how many."""
    return out_of_memory(f"{n} examples at once do not fit, so take fewer with a smaller --chunk.")


@contextlib.contextmanager
def out_of_memory(advice: str | Callable[[], str]) -> Iterator[None]:
    """Turn XLA's RESOURCE_EXHAUSTED in the block into a SurjaxError that says `advice`.

    advice may be a function that works it out. The functions that failed have then let go of their
    arrays, so that it finds the memory as it was before them.
    """
    try:
        yield
    except (jax.errors.JaxRuntimeError, MemoryError) as error:
        if isinstance(error, jax.errors.JaxRuntimeError) and "RESOURCE_EXHAUSTED" not in str(error):
            raise
        if callable(advice):
            traceback.clear_frames(error.__traceback__)
            advice = advice()
        raise SurjaxError(f"the memory ran out: {advice}") from error
