"""Every law of `surjax.testing` over every case of tests/cases.py that it applies to."""

import pytest

from cases import AUTOREGRESSIVE, DISTRIBUTIONS, TRANSFORMS
from surjax.testing import autoregressive_checks, distribution_checks, transform_checks


def checks(of_case, cases):
    """A test for each law that applies to a case; those of one case share what it compiles, on one worker."""
    return pytest.mark.parametrize(
        "check",
        [
            pytest.param(check, id=str(check), marks=marks(check, name))
            for name, case in cases.items()
            for check in of_case(case, name)
        ],
    )


LONG = {
    "AutoregressiveNormal(context)",
    "ConvLSTM(context, dilation)",
    "Coupling(Affine, checkerboard)",
    "Coupling(DenseNet, context)",
    "Coupling(RationalQuadraticSpline)",
    "MarginalMixture",
    "MaskedAutoregressive(Affine, ConvLSTM)",
    "MaskedAutoregressive(RationalQuadraticSpline, reverse)",
    "MaxPool(learned)",
    "Pyramid(nearest)",
    "Rounding(learned)",
    "dequantize(variational)",
}
"""The cases that take longest to compile among those of whose class and parts there are others."""


def marks(check, name):
    """What pytest is to know of a check: those in float64 compile as much again as those in float32."""
    group = pytest.mark.xdist_group(name)
    return [group, pytest.mark.slow] if check.dtype == "float64" or name in LONG else [group]


@checks(transform_checks, TRANSFORMS)
def test_law_of_transforms(check):
    check()


@checks(distribution_checks, DISTRIBUTIONS)
def test_law_of_distributions(check):
    check()


@checks(autoregressive_checks, AUTOREGRESSIVE)
def test_law_of_autoregressive_networks(check):
    check()
