"""Families of one-dimensional bijections, to be plugged into couplings and autoregressive maps."""

from surjax.transforms.univariate.affine import Affine, Shift
from surjax.transforms.univariate.base import Univariate
from surjax.transforms.univariate.rational_quadratic_spline import RationalQuadraticSpline

__all__ = ["Affine", "RationalQuadraticSpline", "Shift", "Univariate"]
