"""The models that a case makes: fresh ones, and ones as after training."""

import functools
from typing import Any

import equinox as eqx
import jax

from surjax.parameters import partition
from surjax.testing.cases import Case, DistributionCase, TransformCase
from surjax.testing.samplers import seed


def trained_like(model: Any, key: Any, amount: float) -> Any:
    """The model with every trained parameter moved by N(0, amount²)."""
    params, rest = partition(model)
    leaves, tree = jax.tree.flatten(params)
    keys = jax.random.split(key, max(len(leaves), 1))
    moved = [
        leaf + amount * jax.random.normal(k, leaf.shape, leaf.dtype)
        for leaf, k in zip(leaves, keys, strict=False)
    ]
    return eqx.combine(jax.tree.unflatten(tree, moved), rest)


@functools.lru_cache(maxsize=16)
def made(case: Case, name: str, dtype: str) -> Any:
    """The model of a case, made once for all laws: in the dtype in which numbers now are."""
    return case.make(seed(name))


WHICH = ("fresh", "trained-like")
"""What the two models that `both` gives are called."""


def both(case: TransformCase | DistributionCase, name: str, dtype: str, amount: float) -> list[Any]:
    """The same, and with parameters moved by N(0, amount²)."""
    fresh = made(case, name, dtype)
    return [fresh, trained_like(fresh, seed(name + "trained"), amount)]


@functools.lru_cache(maxsize=256)
def outline(case: Case) -> Any:
    """What a case makes, of shapes only where it can be had so: enough for what it says of itself."""
    try:
        return eqx.filter_eval_shape(case.make, seed("outline"))
    except jax.errors.JAXTypeError:  # it looks at the numbers that it is made of
        return case.make(seed("outline"))


def name_of(case: Case) -> str:
    """What a case is called by default: the class of what it makes."""
    return type(outline(case)).__name__
