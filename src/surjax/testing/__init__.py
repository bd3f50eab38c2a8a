"""Hold a transform, a distribution or an autoregressive network of your own against the laws that ours obey.

`check_transform(TransformCase(make, x=normal(2)))` is a whole test; `transform_checks` gives the laws one by
one, for `pytest.mark.parametrize`. Neither needs pytest. `surjax.testing.strategies` has hypothesis
strategies for a domain, and needs hypothesis.
"""

from surjax.testing.autoregressive_laws import (
    AUTOREGRESSIVE_LAWS,
    autoregressive_checks,
    check_autoregressive,
)
from surjax.testing.cases import AutoregressiveCase, DistributionCase, TransformCase
from surjax.testing.compilations import Compilations, count_compilations
from surjax.testing.distribution_laws import DISTRIBUTION_LAWS, check_distribution, distribution_checks
from surjax.testing.examination import Findings, examine
from surjax.testing.integration import integral
from surjax.testing.law import DTYPES, Check, Difference, Law
from surjax.testing.models import trained_like
from surjax.testing.noise import noise_of
from surjax.testing.projections import projection_distance
from surjax.testing.samplers import draw, integers, normal, seed, uniform
from surjax.testing.transform_laws import TRANSFORM_LAWS, check_transform, transform_checks

__all__ = [
    "AUTOREGRESSIVE_LAWS",
    "DISTRIBUTION_LAWS",
    "DTYPES",
    "TRANSFORM_LAWS",
    "AutoregressiveCase",
    "Check",
    "Compilations",
    "Difference",
    "DistributionCase",
    "Findings",
    "Law",
    "TransformCase",
    "autoregressive_checks",
    "check_autoregressive",
    "check_distribution",
    "check_transform",
    "count_compilations",
    "distribution_checks",
    "draw",
    "examine",
    "integers",
    "integral",
    "noise_of",
    "normal",
    "projection_distance",
    "seed",
    "trained_like",
    "transform_checks",
    "uniform",
]
