"""surjax: likelihood-based generative modelling in JAX.

Bijections (normalizing flows), surjections and stochastic maps (VAEs) in one algebra, the SurVAE
framework of Nielsen et al. (2020). See `surjax.Flow`.
"""

from surjax import nn as nn
from surjax.distributions import *  # noqa: F403
from surjax.flow import Flow as Flow
from surjax.flow import Latent as Latent
from surjax.parameters import count_parameters as count_parameters
from surjax.serialize import load as load
from surjax.serialize import save as save
from surjax.train import Fit as Fit
from surjax.train import TrainConfig as TrainConfig
from surjax.train import fit as fit
from surjax.transforms import *  # noqa: F403
from surjax.transforms import univariate as univariate

__version__ = "0.1.0"
