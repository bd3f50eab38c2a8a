"""What data-dependent initialisation keeps, of a transform or a distribution."""

import jax
import numpy as np

from surjax.testing.initialization import Starts
from surjax.testing.law import Difference, Differences, Structure, same


def structure_is_kept(start: Starts) -> Differences:
    """The new model has the structure, shapes and dtypes of the old one."""
    old, new = (Structure(jax.tree.structure(model)) for model in (start.model, start.first))
    yield same("the structure", new, old)
    before, after = (
        [(np.shape(leaf), np.asarray(leaf).dtype) for leaf in jax.tree.leaves(model)]
        for model in (start.model, start.first)
    )
    yield same("shapes and dtypes", after, before)


def learned_is_kept(start: Starts) -> Differences:
    """An array that comes out the same of two batches is the one that it was."""
    leaves = zip(
        jax.tree_util.tree_leaves_with_path(start.model),
        jax.tree.leaves(start.first),
        jax.tree.leaves(start.second),
        strict=True,
    )
    for (path, was), *new in leaves:
        old, first, second = np.asarray(was), *map(np.asarray, new)
        of_data = first.tobytes() != second.tobytes()
        kept = of_data or first.tobytes() == old.tobytes()
        gap = 0.0 if kept else float(np.max(np.abs(first.astype(float) - old.astype(float)), initial=0.0))
        where = f"{jax.tree_util.keystr(path)}, which no batch decides, and what it was"
        yield Difference(where, gap, "none", kept)
