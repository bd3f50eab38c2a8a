"""Inference: flows fitted to a log-density, and samples of it by weighting and by Markov chains."""

from surjax.inference.calibration import Calibration, calibrate
from surjax.inference.npe import npe, npe_training
from surjax.inference.posterior import Posterior
from surjax.inference.posterior_flow import posterior_flow
from surjax.inference.simulation import Prior, Simulations, simulate

__all__ = [
    "Calibration",
    "Posterior",
    "Prior",
    "Simulations",
    "calibrate",
    "npe",
    "npe_training",
    "posterior_flow",
    "simulate",
]
