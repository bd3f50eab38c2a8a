"""Models that take rows with gaps: see `surjax.Imputed`."""

from typing import Any, TypeVar

import equinox as eqx
import jax
import numpy as np

from surjax.parts import parts_of
from surjax.transforms.surjections.imputed import Imputed

F = TypeVar("F", bound=Any)


def takes_gaps(flow: Any) -> bool:
    """Whether a flow takes rows of which entries are missing, which are NaN."""
    return bool(parts_of(flow.transform, Imputed))


def without_gaps(flow: F) -> F:
    """The model of rows without gaps: exact where it is, and for such rows the same numbers.

    >>> import jax, surjax as sx
    >>> gaps = sx.Imputed(sx.Parallel([sx.Scale(2.0), sx.Scale(3.0)], [1, 1]))
    >>> flow = sx.Flow(sx.Normal((2,)), gaps)
    >>> flow.exact, without_gaps(flow).exact
    (False, True)
    """

    def is_imputed(part: Any) -> bool:
        return isinstance(part, Imputed)

    transform = jax.tree.map(
        lambda part: part.columns if is_imputed(part) else part, flow.transform, is_leaf=is_imputed
    )
    return eqx.tree_at(lambda flow: flow.transform, flow, transform)


def exact_for(flow: Any, x: Any) -> bool:
    """Whether the log-likelihoods of rows x are exact: those of a model of rows with gaps are where no row
    has any, and the model without them is."""
    return flow.exact or (takes_gaps(flow) and without_gaps(flow).exact and not rows_with_gaps(x).any())


def rows_with_gaps(x: Any) -> np.ndarray:
    """(rows,) which rows of x (rows, …) have an entry that is NaN."""
    values = np.asarray(x)
    if values.dtype.kind != "f":
        return np.zeros(len(values), bool)
    return np.asarray(np.isnan(values.reshape(len(values), -1)).any(1))
