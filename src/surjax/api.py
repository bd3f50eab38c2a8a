"""Every public name of surjax; `surjax.X` finds X here."""

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
