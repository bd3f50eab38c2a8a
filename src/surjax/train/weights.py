"""How much each row counts."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from surjax.arguments import numbers
from surjax.errors import DataError
from surjax.typing import Array


def relative_weights(weight: Any, rows: int) -> np.ndarray | None:
    """Weights (rows,) as float32 of mean 1; None where they are all alike, which is as if there were none.

    The mean of the losses times such weights is Σ wᵢ ℓᵢ / Σ wᵢ over the whole data, and unbiased for it in a
    batch.

    Raises:
        DataError: there are not as many as rows, or one is not positive and finite.

    >>> relative_weights([1, 3], 2).tolist(), relative_weights([2, 2], 2)
    ([0.5, 1.5], None)
    """
    if weight is None:
        return None
    found = np.asarray(numbers(weight, "weight"), np.float64)
    if found.shape != (rows,):
        raise DataError(f"the weights have shape {found.shape} and there are {rows} rows: give one a row.")
    bad = ~(np.isfinite(found) & (found > 0))
    if bad.any():
        row = int(np.argmax(bad))
        raise DataError(
            f"the weight of row {row} is {found[row]:g} and must be positive and finite: leave rows out that "
            "are to count nothing."
        )
    found /= found.max()  # whose sum is finite, whatever their size
    return None if (found == 1).all() else (found / found.mean()).astype(np.float32)


def rows_by_weight(weight: Any, n: int) -> Array:
    """The numbers of n rows, ascending, each as often as its weight says, rounded up or down.

    That is systematic resampling: the middles of n equal parts of the total weight.

    >>> rows_by_weight(np.array([1.0, 2.0, 1.0]), 4).tolist()
    [0, 1, 1, 2]
    """
    total = np.cumsum(np.asarray(weight, np.float64))
    rows = np.searchsorted(total, (np.arange(n) + 0.5) / n * total[-1])
    return jnp.asarray(np.minimum(rows, len(total) - 1))
