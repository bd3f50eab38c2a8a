"""Runs: folders that hold a model in training, how it came about, and what it reached."""

from surjax.runs.assemble import assemble
from surjax.runs.lock import sole_writer
from surjax.runs.record import RunRecord
from surjax.runs.result import RunResult
from surjax.runs.run import Run, resume_command
from surjax.runs.settings import RunSettings
from surjax.runs.tensorboard import TensorBoard
from surjax.runs.training import train_run

__all__ = [
    "Run",
    "RunRecord",
    "RunResult",
    "RunSettings",
    "TensorBoard",
    "assemble",
    "resume_command",
    "sole_writer",
    "train_run",
]
