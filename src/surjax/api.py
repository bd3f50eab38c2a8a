"""Every public name of surjax: `surjax.X` is the X of this module's `__all__`."""

from surjax import distributions, nn, transforms
from surjax.distributions import *  # noqa: F403
from surjax.embedding import Embedding
from surjax.flow import Flow, Latent
from surjax.parameters import Fixed, count_parameters
from surjax.serialize import load, save
from surjax.train import Fit, TrainConfig, fit
from surjax.transforms import *  # noqa: F403
from surjax.transforms import univariate

__all__ = [
    "Embedding",
    "Fit",
    "Fixed",
    "Flow",
    "Latent",
    "TrainConfig",
    "count_parameters",
    "fit",
    "load",
    "nn",
    "save",
    "univariate",
]
__all__ += distributions.__all__
__all__ += transforms.__all__
