"""Weights from other projects' checkpoints, read without running any of their code."""

from surjax.interop.survae import Imported, read_survae

__all__ = ["Imported", "read_survae"]
