"""Runs: folders that hold a model in training, how it came about, and what it reached."""

from surjax.runs.data import SPLITS, Splits, load_splits
from surjax.runs.record import RunRecord
from surjax.runs.run import Run, resume_command
from surjax.runs.settings import DataConfig, RunSettings, absolute_source
from surjax.runs.train import train_run

__all__ = [
    "SPLITS",
    "DataConfig",
    "Run",
    "RunRecord",
    "RunSettings",
    "Splits",
    "absolute_source",
    "load_splits",
    "resume_command",
    "train_run",
]
