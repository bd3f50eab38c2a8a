"""Training: the compiled loop, its settings, its state and its checkpoints."""

from surjax.train.config import TrainConfig
from surjax.train.distributed import first_process, initialize_distributed
from surjax.train.fit import Callback, Fit, Progress, fit
from surjax.train.objective import Objective, negative_log_likelihood

__all__ = [
    "Callback",
    "Fit",
    "Objective",
    "Progress",
    "TrainConfig",
    "first_process",
    "fit",
    "initialize_distributed",
    "negative_log_likelihood",
]
