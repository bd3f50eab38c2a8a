"""Hypothesis strategies for the domains of transforms; `pip install surjax[testing]` brings hypothesis."""

from typing import Any, Literal

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from surjax.errors import ConfigError
from surjax.typing import Shape

WIDTHS: dict[str, Literal[16, 32, 64]] = {"float32": 32, "float64": 64}
"""The bits of the dtypes of real numbers."""


def reals(*shape: int, largest: float = 1e6, dtype: str = "float32") -> st.SearchStrategy[np.ndarray]:
    """Arrays of this shape of numbers from −largest to largest; 0, −0 and tiny ones are among them."""
    return interval(*shape, low=-largest, high=largest, dtype=dtype)


def interval(
    *shape: int, low: float = 0.0, high: float = 1.0, dtype: str = "float32"
) -> st.SearchStrategy[np.ndarray]:
    """Arrays of this shape of numbers from low to high, the ends among them.

    Numbers so small that they are not normal ones are left out: XLA takes them for 0. Raises ConfigError
    where low is not below high, or the dtype is another than float32 and float64.
    """
    if dtype not in WIDTHS:
        raise ConfigError(f"dtype is {dtype!r} and must be one of {', '.join(WIDTHS)}.")
    if not low < high:
        raise ConfigError(f"numbers from {low} to {high} were asked for: make the first the smaller one.")
    low, high = (float(np.asarray(end, dtype)) for end in (low, high))
    numbers = st.floats(low, high, width=WIDTHS[dtype], allow_subnormal=False)
    return _arrays(shape, dtype, numbers)


def whole_numbers(
    *shape: int, low: int = 0, high: int, dtype: str = "float32"
) -> st.SearchStrategy[np.ndarray]:
    """Arrays of this shape of whole numbers from low to high − 1, in a dtype of floats by default.

    Raises ConfigError where there is no such number.
    """
    if not low < high:
        raise ConfigError(f"whole numbers from {low} to {high - 1} were asked for: there is none.")
    return _arrays(shape, dtype, st.integers(low, high - 1))


def _arrays(shape: Shape, dtype: str, numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[np.ndarray]:
    return arrays(np.dtype(dtype), shape, elements=numbers)
