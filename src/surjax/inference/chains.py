"""Chains of a Markov chain Monte Carlo method, and whether they have mixed."""

import warnings
from typing import Any, NamedTuple

import numpy as np

from surjax.inference.diagnostics import effective_size, r_hat

LIMIT = 1.01
"""Above this R̂ chains have not mixed (Vehtari et al. 2021, section 4)."""


class Chains(NamedTuple):
    """What `metropolis` and `nuts` give back.

    x: the draws, (chains, steps, *shape). acceptance: of each chain, (chains,), the share of proposals that
    it took, or the mean probability of it. r_hat, ess: of each number of x, the rank-normalised split R̂ and
    the bulk effective sample size over all chains. divergences: how many steps left the trajectory's energy
    (of `nuts` alone).
    """

    x: Any
    acceptance: Any
    r_hat: np.ndarray
    ess: np.ndarray
    divergences: int = 0


def diagnosed(x: Any, acceptance: Any, divergences: int = 0) -> Chains:
    """The chains with their diagnostics; what they show is told by a warning where they have not mixed."""
    found = Chains(x, acceptance, r_hat(x), effective_size(x), divergences)
    mixed = found.r_hat <= LIMIT
    if not mixed.all():  # NaN, of a chain that never moves, is no better
        worst = float(np.max(np.where(np.isnan(found.r_hat), np.inf, found.r_hat)))
        warnings.warn(
            f"the chains have not mixed: R̂ is {worst:.3f} where at most {LIMIT} is wanted, for "
            f"{(~mixed).sum()} of {mixed.size} numbers of x; take more steps, or fit the flow further.",
            stacklevel=4,
        )
    if divergences:
        warnings.warn(
            f"{divergences} steps diverged, so that narrow places of the target may be missed: fit the flow "
            "further, or raise target_acceptance.",
            stacklevel=4,
        )
    return found
