"""Inference: flows fitted to a log-density, and samples of it by weighting and by Markov chains."""

from surjax.inference.chains import Chains
from surjax.inference.config import DensityConfig
from surjax.inference.fit_density import DensityFit, fit_density
from surjax.inference.importance import Importance, importance
from surjax.inference.metropolis import metropolis
from surjax.inference.nuts import nuts
from surjax.inference.reverse_kl import ReverseKL
from surjax.inference.support import circular, positive, simplex, support
from surjax.inference.target import LogDensity
from surjax.inference.torus import torus_flow

__all__ = [
    "Chains",
    "DensityConfig",
    "DensityFit",
    "Importance",
    "LogDensity",
    "ReverseKL",
    "circular",
    "fit_density",
    "importance",
    "metropolis",
    "nuts",
    "positive",
    "simplex",
    "support",
    "torus_flow",
]
