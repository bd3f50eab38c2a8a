"""Training: the compiled loop, its settings, its state and its checkpoints."""

from surjax.train.config import TrainConfig
from surjax.train.distributed import first_process, initialize_distributed
from surjax.train.examples import require_finite
from surjax.train.fit import fit
from surjax.train.given import initialized
from surjax.train.objective import negative_log_likelihood
from surjax.train.session import Fit, Progress

__all__ = [
    "Fit",
    "Progress",
    "TrainConfig",
    "first_process",
    "fit",
    "initialize_distributed",
    "initialized",
    "negative_log_likelihood",
    "require_finite",
]
