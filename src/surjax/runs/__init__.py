"""Runs: folders that hold a model in training, how it came about, and what it reached."""

from surjax.runs.assemble import assemble
from surjax.runs.data import SPLITS, Splits, load_splits, some_of
from surjax.runs.data_config import DataConfig, ImageConfig, TableConfig, data_config_for
from surjax.runs.record import RunRecord
from surjax.runs.run import Run, resume_command
from surjax.runs.settings import RunSettings, absolute_source
from surjax.runs.tensorboard import TensorBoard
from surjax.runs.train import train_run

__all__ = [
    "SPLITS",
    "DataConfig",
    "ImageConfig",
    "Run",
    "RunRecord",
    "RunSettings",
    "Splits",
    "TableConfig",
    "TensorBoard",
    "absolute_source",
    "assemble",
    "data_config_for",
    "load_splits",
    "resume_command",
    "some_of",
    "train_run",
]
