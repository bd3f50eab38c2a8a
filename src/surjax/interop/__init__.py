"""Weights from other projects' checkpoints, read without running any of their code."""

from surjax.interop.imported import Imported
from surjax.interop.marscf import read_marscf
from surjax.interop.survae import read_survae

__all__ = ["Imported", "read_marscf", "read_survae"]
