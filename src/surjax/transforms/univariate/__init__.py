"""Families of one-dimensional bijections, to be plugged into couplings and autoregressive maps."""

from surjax.transforms.univariate.affine import Affine, Shift
from surjax.transforms.univariate.base import Univariate
from surjax.transforms.univariate.circular_spline import CircularSpline
from surjax.transforms.univariate.cubic_spline import CubicSpline
from surjax.transforms.univariate.linear_spline import LinearSpline
from surjax.transforms.univariate.logistic_mixture import LogisticMixture
from surjax.transforms.univariate.mixture import Mixture
from surjax.transforms.univariate.normal_mixture import NormalMixture
from surjax.transforms.univariate.quadratic_spline import QuadraticSpline
from surjax.transforms.univariate.rational_quadratic_spline import RationalQuadraticSpline
from surjax.transforms.univariate.spline import Spline

__all__ = [
    "Affine",
    "CircularSpline",
    "CubicSpline",
    "LinearSpline",
    "LogisticMixture",
    "Mixture",
    "NormalMixture",
    "QuadraticSpline",
    "RationalQuadraticSpline",
    "Shift",
    "Spline",
    "Univariate",
]
