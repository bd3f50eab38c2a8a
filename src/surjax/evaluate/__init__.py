"""Evaluation: likelihoods that say what they are, integrals of densities, paths, reconstructions."""

from surjax.evaluate.c2st import c2st
from surjax.evaluate.grid import density_on_grid, integral_on_grid
from surjax.evaluate.imputation import Imputation, impute
from surjax.evaluate.interpolation import interpolate
from surjax.evaluate.likelihood import Likelihood, evaluate
from surjax.evaluate.reconstruction import Reconstruction, reconstruct
from surjax.evaluate.super_resolution import super_resolve

__all__ = [
    "Imputation",
    "Likelihood",
    "Reconstruction",
    "c2st",
    "density_on_grid",
    "evaluate",
    "impute",
    "integral_on_grid",
    "interpolate",
    "reconstruct",
    "super_resolve",
]
