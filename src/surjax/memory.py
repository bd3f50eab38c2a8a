"""Running out of memory, told as a mistake that can be mended."""

import contextlib
from collections.abc import Iterator

import jax

from surjax.errors import SurjaxError


@contextlib.contextmanager
def out_of_memory(advice: str) -> Iterator[None]:
    """Turn XLA's RESOURCE_EXHAUSTED in the block into a SurjaxError that says `advice`."""
    try:
        yield
    except (jax.errors.JaxRuntimeError, MemoryError) as error:
        if isinstance(error, jax.errors.JaxRuntimeError) and "RESOURCE_EXHAUSTED" not in str(error):
            raise
        raise SurjaxError(f"the memory ran out: {advice}") from error
