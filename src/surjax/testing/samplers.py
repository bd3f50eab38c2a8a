"""Where the examples come from that the laws are tried on."""

import zlib
from collections.abc import Callable
from typing import Any

import jax

Sampler = Callable[[Any], Any]
"""key → one example."""


def normal(*shape: int, scale: float = 1.0) -> Sampler:
    """A sampler of one x of this shape, from N(0, scale²)."""
    return lambda key: scale * jax.random.normal(key, shape)


def uniform(*shape: int, low: float = 0.0, high: float = 1.0) -> Sampler:
    """A sampler of one x of this shape, uniform between low and high."""
    return lambda key: jax.random.uniform(key, shape, minval=low, maxval=high)


def integers(*shape: int, low: int = 0, high: int) -> Sampler:
    """A sampler of one x of this shape: whole numbers from low to high − 1, as floats."""
    return lambda key: jax.random.randint(key, shape, low, high).astype(float)


def seed(name: str) -> Any:
    """A key that belongs to a name, the same in every run."""
    return jax.random.key(zlib.crc32(name.encode()))


def draw(sampler: Sampler | None, name: str, n: int) -> Any:
    """n draws of a sampler, stacked, by the key of a name; None for none."""
    return None if sampler is None else jax.vmap(sampler)(jax.random.split(seed(name), n))


def draw_one(sampler: Sampler | None, name: str) -> Any:
    """One draw of a sampler by the key of a name; None for none."""
    return None if sampler is None else sampler(seed(name))
