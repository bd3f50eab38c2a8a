"""What the rows of a study of images say together: means over seeds, and what a part of a system gains."""

import statistics
from collections.abc import Sequence
from typing import NamedTuple

from surjax.studies.image_row import SystemRow
from surjax.studies.image_systems import Pair


class Mean(NamedTuple):
    """A system's bits/dim, averaged over seeds.

    The standard error is that over the test images. They are the same for every seed, so that it does not
    shrink with their number, and the seeds' mean of it is given. deviation is the standard deviation over
    seeds.
    """

    model: str
    seeds: int
    bits_per_dim: float
    standard_error_bits_per_dim: float
    deviation_bits_per_dim: float


class Gain(NamedTuple):
    """bits/dim(without) − bits/dim(having) of a pair of systems, above 0 where the part helps.

    The standard error is that of two independent numbers, √(s₁² + s₂²). Both systems are measured on the
    same images, and those that are hard for one are mostly hard for the other, so that it tends to be too
    large. seed is None for the mean over seeds, whose standard error is the mean of theirs.
    """

    pair: str
    seed: int | None
    bits_per_dim: float
    standard_error_bits_per_dim: float


def means(rows: Sequence[SystemRow]) -> list[Mean]:
    """The mean of each system that was trained from more than one seed."""
    found = []
    for model in dict.fromkeys(row.model for row in rows):
        own = [row for row in rows if row.model == model]
        if len(own) > 1:
            bits = [row.bits_per_dim for row in own]
            error = statistics.fmean(row.standard_error_bits_per_dim for row in own)
            found.append(Mean(model, len(own), statistics.fmean(bits), error, statistics.stdev(bits)))
    return found


def gains(pairs: Sequence[Pair], rows: Sequence[SystemRow]) -> list[Gain]:
    """The gain of each pair from each seed that both systems have, and its mean where that are several."""
    by_name = {(row.model, row.seed): row for row in rows}
    found = []
    for pair in pairs:
        own = [
            _gain(pair, row, by_name[pair.having, row.seed])
            for row in rows
            if row.model == pair.without and (pair.having, row.seed) in by_name
        ]
        found += own
        if len(own) > 1:
            gained = statistics.fmean(gain.bits_per_dim for gain in own)
            error = statistics.fmean(gain.standard_error_bits_per_dim for gain in own)
            found.append(Gain(pair.title, None, gained, error))
    return found


def _gain(pair: Pair, without: SystemRow, having: SystemRow) -> Gain:
    errors = (without.standard_error_bits_per_dim, having.standard_error_bits_per_dim)
    gained = without.bits_per_dim - having.bits_per_dim
    return Gain(pair.title, without.seed, gained, sum(error**2 for error in errors) ** 0.5)
