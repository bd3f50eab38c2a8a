"""The authors' weights out of our modules, by their names: an importer read backwards."""

import json

import jax
import numpy as np

from surjax.parameters import partition

FIRST = 1 << 20  # no number of ours is as large


class WeightNames:
    """Where an importer puts each entry of the authors' weights, as it is or with the other sign.

    read makes a flow of an NPZ file. arrays are those of one file, of which the weights, under state/NAME,
    are replaced by numbers of their own, to be found again; but for those whose last names are in `kept`.
    """

    def __init__(self, read, arrays, folder, kept=()):
        self.state = {name[6:]: arrays[name] for name in arrays.files if name.startswith("state/")}
        self.tags, end = {}, FIRST
        for name, array in self.state.items():
            if array.dtype.kind == "f" and name.rpartition(".")[2] not in kept:
                self.tags[name] = np.arange(end, end + array.size, dtype=float).reshape(array.shape)
                end += array.size
        path = folder / "tags.npz"
        state = {f"state/{name}": array for name, array in (self.state | self.tags).items()}
        np.savez(path, config=json.dumps(json.loads(str(arrays["config"]))), **state)
        tags = _numbers(read(path))
        (places,) = np.nonzero((abs(tags) >= FIRST) & (abs(tags) < end))
        found = abs(tags[places]).astype(int) - FIRST
        assert len(set(found)) == len(found), "an entry of theirs is found twice among ours"
        self.places, self.signs = np.full(end - FIRST, -1), np.ones(end - FIRST)
        self.places[found], self.signs[found] = places, np.sign(tags[places])

    def of(self, flow):
        """Their arrays by name, where they have a place among our trained parameters; what has none is as it
        was."""
        numbers, named = _numbers(flow), {}
        for name, tags in self.tags.items():
            at = tags.astype(int) - FIRST
            there = self.places[at] >= 0
            if there.any():
                named[name] = np.where(there, self.signs[at] * numbers[self.places[at]], self.state[name])
        return named


def _numbers(flow):
    """All trained parameters, one after the other."""
    return np.concatenate([np.asarray(leaf).ravel() for leaf in jax.tree.leaves(partition(flow)[0])])
