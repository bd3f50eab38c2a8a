"""JAX's settings of one thread, on another."""

import contextlib
from collections.abc import Callable
from typing import Any, TypeVar

import jax

T = TypeVar("T")

_SETTINGS: dict[str, Callable[[Any], Any]] = {
    "jax_enable_x64": jax.enable_x64,
    "jax_default_device": jax.default_device,
    "jax_default_matmul_precision": jax.default_matmul_precision,
    "jax_default_prng_impl": jax.default_prng_impl,
    "jax_debug_nans": jax.debug_nans,
    "jax_numpy_rank_promotion": jax.numpy_rank_promotion,
    "jax_numpy_dtype_promotion": jax.numpy_dtype_promotion,
}
"""Those that change numbers or refuse some, and what sets each for the thread that it is called on."""


def with_settings_of_here(function: Callable[[], T]) -> Callable[[], T]:
    """The function, to be called on another thread: it runs there with JAX's settings of this one.

    `with jax.enable_x64(True):` and its like hold for one thread alone.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor() as pool, jax.enable_x64(True):
    ...     pool.submit(with_settings_of_here(lambda: str(jax.numpy.ones(2).dtype))).result()
    'float64'
    """
    here = {name: getattr(jax.config, name) for name in _SETTINGS}

    def called() -> T:
        with contextlib.ExitStack() as stack:
            for name, setting in here.items():
                stack.enter_context(_SETTINGS[name](setting))
            return function()

    return called
