"""How many floating-point operations a function of JAX takes, by its matrix products and convolutions."""

import math
from collections.abc import Callable
from typing import Any

import jax
from jax.extend.core import ClosedJaxpr, Jaxpr


def count_flops(function: Callable[..., Any], *args: Any) -> int:
    """The multiplications and additions in the products and convolutions of `function(*args)`.

    They are counted in its jaxpr, the body of a scan as often as it runs; XLA's own count takes a loop's
    body once. Elementwise arithmetic is left out, as is usual in counts of this kind. What remat
    recomputes is counted.
    """
    return _count(jax.make_jaxpr(function)(*args).jaxpr)


def _count(jaxpr: Jaxpr) -> int:
    total = 0
    for equation in jaxpr.eqns:
        name = equation.primitive.name
        if name == "dot_general":
            (contracted, _), _ = equation.params["dimension_numbers"]
            shape = equation.invars[0].aval.shape
            summed = math.prod(shape[axis] for axis in contracted)
            total += 2 * summed * equation.outvars[0].aval.size
        elif name == "conv_general_dilated":
            numbers = equation.params["dimension_numbers"]
            kernel = equation.invars[1].aval
            summed = kernel.size // kernel.shape[numbers.rhs_spec[0]]
            total += 2 * summed * equation.outvars[0].aval.size
        else:
            times = equation.params.get("length", 1) if name == "scan" else 1
            total += times * sum(_count(inner) for inner in _inside(equation.params))
    return total


def _inside(params: dict[str, Any]) -> list[Jaxpr]:
    """The jaxprs that an equation calls."""
    leaves = jax.tree.leaves(list(params.values()), is_leaf=lambda x: isinstance(x, ClosedJaxpr | Jaxpr))
    return [
        leaf.jaxpr if isinstance(leaf, ClosedJaxpr) else leaf
        for leaf in leaves
        if isinstance(leaf, ClosedJaxpr | Jaxpr)
    ]
