"""Whether a function decomposes matrices."""

import re
from collections.abc import Callable
from typing import Any

import equinox as eqx

_PRIMITIVES = re.compile(r"= (cholesky|lu|qr|householder_product|eigh?|svd|schur|triangular_solve)\b")


def decomposes_matrices(function: Callable[..., Any], *args: Any) -> bool:
    """Whether a function of arguments like these decomposes matrices, or solves for triangular ones.

    On the CPU these are LAPACK's calls. For a stack of matrices each waits for threads of the pool that it
    runs in, so that two programs with such calls that run at once can wait for ever.

    >>> import jax.numpy as jnp
    >>> decomposes_matrices(jnp.linalg.det, jnp.eye(4)), decomposes_matrices(jnp.trace, jnp.eye(4))
    (True, False)
    """
    return _PRIMITIVES.search(str(eqx.filter_make_jaxpr(function)(*args)[0])) is not None
