"""The digits of float64 data, used before they enter a compiled program that computes in float32.

A flow whose transform begins with `Standardize` is entered: x is shifted and scaled on the host in float64,
and the compiled program is that of the same flow with `Standardize.entered` set, which keeps its
log-determinant alone. What comes out leaves: it is scaled and shifted back in float64. Where JAX computes in
float64, or the call is inside another transformation, nothing of this is needed or possible, and the program
does it all.
"""

import warnings
from collections.abc import Callable
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from surjax.compilation import inside_another
from surjax.spread import loses_digits, shift_and_scale
from surjax.transforms.bijections.standardize import Standardize
from surjax.transforms.chain import Chain

F = TypeVar("F", bound=Any)


def standardize_of(flow: Any) -> Standardize | None:
    """What x is shifted and scaled by on the host; None where nothing is, or JAX computes in float64."""
    part = _first(flow.transform)
    host_is_finer = jnp.result_type(float) == jnp.float32
    return part if isinstance(part, Standardize) and not part.entered and host_is_finer else None


def entered(flow: F, is_entered: bool = True) -> F:
    """The flow of x that has entered, or of x in its own units; as it is where no Standardize comes first.

    With False it is that of contexts in their own units too.
    """
    flow = flow if is_entered else context_entered(flow, False)
    part = _first(flow.transform)
    if not isinstance(part, Standardize):
        return flow
    return eqx.tree_at(lambda flow: _first(flow.transform), flow, part.as_entered(is_entered))


def enter(flow: F, x: Any, *others: Any) -> tuple[F, Any]:
    """(flow, x), entered where x is an array of the host, such as NumPy's or a list of numbers, and neither
    the flow nor the others are being traced."""
    standardize = standardize_of(flow)
    if standardize is None or isinstance(x, jax.Array) or inside_another((flow, others)):
        return flow, x
    return entered(flow), standardize.enter(x)


def enter_context(flow: F, context: Any, *others: Any) -> tuple[F, Any]:
    """(flow, context), where its embedding begins with a Standardize: shifted and scaled in float64 on the
    host, where the context is an array of the host and neither the flow nor the others are being traced."""
    standardize = standardize_of_context(flow)
    if standardize is None or context is None or isinstance(context, jax.Array):
        return flow, context
    if np.shape(context)[-1:] != standardize.shape or inside_another((flow, context, others)):
        return flow, context  # what does not fit is told where the embedding sees it
    return context_entered(flow), standardize.enter(context)


def standardize_of_context(flow: Any) -> Standardize | None:
    """What a context is shifted and scaled by on the host, as `standardize_of` has it for x."""
    part = None if flow.embedding is None else flow.embedding.first
    host_is_finer = jnp.result_type(float) == jnp.float32
    return part if isinstance(part, Standardize) and not part.entered and host_is_finer else None


def context_entered(flow: F, is_entered: bool = True) -> F:
    """The flow of contexts that have entered, or of such in their own units, as `entered` has it for x."""
    part = None if flow.embedding is None else flow.embedding.first
    if not isinstance(part, Standardize):
        return flow
    return eqx.tree_at(lambda flow: flow.embedding.first, flow, part.as_entered(is_entered))


def leaving(flow: F, *others: Any) -> tuple[F, Callable[[Any], Any]]:
    """(a flow, what brings its x back to the units of the given one), outside of other transformations; else
    the flow itself, and what changes nothing."""
    standardize = standardize_of(flow)
    if standardize is None or inside_another((flow, others)):
        return flow, lambda x: x
    return entered(flow), standardize.leave


def standardized(flow: F, x: Any) -> F:
    """The flow, with a Standardize in front where float32 loses too many digits of the data to fit it to.

    That is so for vectors as float64 on the host, of which float32 moves some by a thousandth of a column's
    spread, or whose spread is no number that a model computes well with. It is told by a warning.

    Args:
        flow: the model.
        x: the rows, (rows, columns).
    """
    fits = isinstance(x, np.ndarray) and x.dtype == np.float64 and x.ndim == 2 and len(x)
    if not fits or jnp.result_type(float) != jnp.float32 or isinstance(_first(flow.transform), Standardize):
        return flow
    if not np.isfinite(x).all() or not any(loses_digits(column) for column in x.T):
        return flow
    warnings.warn(
        "float32 does not hold the digits of these data, so they are shifted and scaled in float64 first: "
        "the fitted flow begins with a Standardize.",
        stacklevel=5,
    )
    shift, scale = zip(*(shift_and_scale(column) for column in x.T), strict=True)
    standardize = Standardize(np.asarray(shift), np.asarray(scale))
    return type(flow)(flow.base, Chain(standardize, flow.transform), flow.embedding)


def _first(transform: Any) -> Any:
    while isinstance(transform, Chain) and transform.transforms:
        transform = transform.transforms[0]
    return transform
