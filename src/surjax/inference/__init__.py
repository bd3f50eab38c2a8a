"""Inference: flows fitted to a log-density, samples of it by weighting and by Markov chains, and posteriors
of simulators."""

from surjax.inference.calibration import Calibration, calibrate
from surjax.inference.chains import Chains
from surjax.inference.config import DensityConfig
from surjax.inference.fit_density import DensityFit, fit_density
from surjax.inference.importance import Importance, importance
from surjax.inference.latent_density import LatentDensity
from surjax.inference.metropolis import metropolis
from surjax.inference.npe import npe, npe_training
from surjax.inference.nuts import nuts
from surjax.inference.posterior import Posterior
from surjax.inference.posterior_flow import posterior_flow
from surjax.inference.reverse_kl import ReverseKL
from surjax.inference.simulation import Prior, Simulations, simulate
from surjax.inference.support import circular, positive, simplex, support
from surjax.inference.target import LogDensity
from surjax.inference.torus import torus_flow

__all__ = [
    "Calibration",
    "Chains",
    "DensityConfig",
    "DensityFit",
    "Importance",
    "LatentDensity",
    "LogDensity",
    "Posterior",
    "Prior",
    "ReverseKL",
    "Simulations",
    "calibrate",
    "circular",
    "fit_density",
    "importance",
    "metropolis",
    "npe",
    "npe_training",
    "nuts",
    "positive",
    "posterior_flow",
    "simplex",
    "simulate",
    "support",
    "torus_flow",
]
