"""What a law is, and how it is held against a case."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import numpy as np

from surjax.testing.cases import Case

DTYPES = ("float32", "float64")
"""In what numbers the laws are tried."""


class Difference(NamedTuple):
    """One comparison that a law makes.

    what: what was compared. largest: the largest absolute difference. allowed: how large it may be, in
    words. holds: whether it is.
    """

    what: str
    largest: float
    allowed: str
    holds: bool


Differences = Iterator[Difference]
"""What a law compares, one thing after the other."""


def close(what: str, actual: Any, expected: Any, rtol: float, atol: float) -> Difference:
    """Compare arrays of numbers: |actual − expected| ≤ atol + rtol·|expected| everywhere, and no NaN."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    if actual.shape != expected.shape:
        return same(f"the shape of {what}", actual.shape, expected.shape)
    actual, expected = actual.astype(np.float64), expected.astype(np.float64)
    with np.errstate(invalid="ignore"):
        gap = np.where(actual == expected, 0.0, np.abs(actual - expected))  # ∞ − ∞ is none
        near = np.isfinite(expected) & (gap <= atol + rtol * np.abs(expected))
        holds = bool((near | (gap == 0)).all())
    largest = float(np.max(gap, initial=0.0))
    return Difference(what, largest, f"{atol:g} + {rtol:g} of it", holds)


def same(what: str, actual: Any, expected: Any) -> Difference:
    """Compare anything with ==."""
    equal = bool(actual == expected)
    return Difference(f"{what}, {actual} and {expected}", 0.0 if equal else np.inf, "none", equal)


def below(what: str, number: Any, limit: float) -> Difference:
    """Whether a number is below a limit."""
    return Difference(what, float(number), f"less than {limit:g}", bool(number < limit))


def finite(what: str, arrays: Any) -> Difference:
    """Whether every number of a tree of arrays is finite."""
    leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(arrays)]
    count = sum(int((~np.isfinite(leaf)).sum()) for leaf in leaves)
    return Difference(f"numbers of {what} that are not finite", float(count), "none", count == 0)


def same_bits(what: str, actual: Any, expected: Any) -> Differences:
    """Compare two models: their structure, and the bytes of each array."""
    yield same(
        f"the structure of {what}", *(Structure(jax.tree.structure(model)) for model in (actual, expected))
    )
    for (path, a), b in zip(
        jax.tree_util.tree_leaves_with_path(actual), jax.tree.leaves(expected), strict=True
    ):
        where = f"{what} at {jax.tree_util.keystr(path)}"
        equal = np.asarray(a).tobytes() == np.asarray(b).tobytes()
        yield close(where, a, b, 0.0, 0.0)._replace(holds=equal)


class Structure(NamedTuple):
    """A model's structure, told in a few words."""

    tree: Any

    def __str__(self) -> str:
        """How many arrays it has."""
        return f"one of {self.tree.num_leaves} arrays"


@dataclass(frozen=True)
class Law:
    """A statement about every case that it applies to.

    compare: (case, name, dtype) → the comparisons that must hold, for which the function is named.
    applies: which cases it is about. dtypes: in what numbers it is tried, or a function of the case that says
    so.
    """

    compare: Callable[[Any, str, str], Iterable[Difference]]
    applies: Callable[[Any], bool] = lambda case: True
    dtypes: tuple[str, ...] | Callable[[Any], tuple[str, ...]] = DTYPES[:1]

    @property
    def name(self) -> str:
        """The law in words."""
        return self.compare.__name__.replace("_", " ")


@dataclass(frozen=True)
class Check:
    """A law, and the case and the dtype that it is tried on; called, it raises AssertionError or does not."""

    law: Law
    case: Case
    name: str
    dtype: str

    def __str__(self) -> str:
        """The name of a test: the case, the law, the dtype."""
        return f"{self.name}-{self.law.compare.__name__}-{self.dtype}"

    def __call__(self) -> None:
        """Raise AssertionError where the law does not hold, naming it, the case and what differs most."""
        compared = 0
        with jax.enable_x64(self.dtype == "float64"):
            for difference in self.law.compare(self.case, self.name, self.dtype):
                compared += 1
                if not difference.holds:
                    raise AssertionError(self._told(difference))
        if not compared:
            raise AssertionError(f"{self.name}: “{self.law.name}” compared nothing in {self.dtype}.")

    def _told(self, difference: Difference) -> str:
        return (
            f"{self.name}: “{self.law.name}” does not hold in {self.dtype}: {difference.what}: the largest "
            f"difference is {difference.largest:.4g}, where {difference.allowed} is allowed."
        )


def checks_of(laws: Iterable[Law], case: Case, name: str) -> list[Check]:
    """Every law that applies to a case, in each of its dtypes."""
    return [
        Check(law, case, name, dtype)
        for law in laws
        if law.applies(case)
        for dtype in (law.dtypes(case) if callable(law.dtypes) else law.dtypes)
    ]
