"""How the programs that train models, and score and draw many examples at once, are compiled."""

import functools
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.core
import jax.numpy as jnp

from surjax.kept_programs import keep_programs

keep_programs()  # before anything is compiled

# XLA hands matrix products on the CPU to the YNNPACK library, fused with the addition of a bias, and runs
# each on one core; its own are spread over all of them.
_CPU = {"xla_cpu_experimental_ynn_fusion_type": ""}


@functools.cache
def compiler_options() -> dict[str, str]:
    """Options for XLA that suit large batches on this machine; none where this JAX does not know them."""
    if jax.default_backend() != "cpu":
        return {}
    try:
        jax.jit(lambda x: x, compiler_options=_CPU).lower(jax.ShapeDtypeStruct((), float)).compile()
    except Exception:
        return {}
    return _CPU


def jit_with_options(function: Callable[..., Any], **settings: Any) -> Any:
    """`equinox.filter_jit` with `compiler_options`, and other settings of `filter_jit`."""
    settings["compiler_options"] = compiler_options()
    return eqx.filter_jit(function, **settings)


def large_batch_jit(
    function: Callable[..., Any], unless: Callable[[Any], bool] = lambda first: False
) -> Callable[..., Any]:
    """`equinox.filter_jit` with `compiler_options`, for a function of positional arguments.

    Inside another transformation it is plain `filter_jit`: JAX takes options for the outermost program
    alone. So it is where `unless` says so of the first argument.
    """
    plain = eqx.filter_jit(function)
    tuned = functools.cache(lambda: jit_with_options(function))

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        return (plain if inside_another(args) or unless(args[0]) else tuned())(*args)

    return call


def inside_another(args: Any) -> bool:
    """Whether a transformation of JAX is being traced: of these arguments, or around the call."""
    return any(isinstance(leaf, jax.core.Tracer) for leaf in (*jax.tree.leaves(args), jnp.zeros(())))
