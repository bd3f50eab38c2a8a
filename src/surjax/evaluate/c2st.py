"""The classifier two-sample test."""

import warnings
from typing import Any

import numpy as np

from surjax.errors import DataError


def c2st(first: Any, second: Any, seed: int = 0, folds: int = 5) -> float:
    """The accuracy at which a classifier tells two sets of draws apart, on rows that it was not trained on
    (Lopez-Paz and Oquab 2017; as in Lueckmann et al. 2021, appendix M.1): 0.5 where the two are of the same
    distribution, 1 where they do not overlap.

    Both, of shape (n, D), are standardised by the first; a multilayer perceptron with two hidden layers of
    10·D units (scikit-learn's, Adam) is trained in each of five folds. Raises DataError where the two differ
    in their number of columns, or have fewer rows than folds.

    >>> import numpy as np
    >>> first, second = np.random.default_rng(0).normal(size=(2, 200, 2))
    >>> c2st(first, second + 20)
    1.0
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.model_selection import KFold, cross_val_score
    from sklearn.neural_network import MLPClassifier
    from threadpoolctl import threadpool_limits

    x, y = (np.asarray(rows, np.float64) for rows in (first, second))
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1] or min(len(x), len(y)) < folds:
        raise DataError(
            f"a classifier was to tell draws of shape {x.shape} from draws of shape {y.shape}: both must "
            f"have shape (n, D) of one D, and {folds} rows or more."
        )
    shift, scale = x.mean(0), x.std(0)
    rows = (np.concatenate([x, y]) - shift) / np.where(scale > 0, scale, 1.0)
    classes = np.repeat([0, 1], [len(x), len(y)])
    units = 10 * x.shape[1]
    network = MLPClassifier((units, units), max_iter=1000, random_state=seed)
    # products this small take many times as long where several threads share each
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)
        splits = KFold(folds, shuffle=True, random_state=seed)
        return float(cross_val_score(network, rows, classes, cv=splits, scoring="accuracy").mean())
