"""Modalities: what is done with tables, with images, and with whatever else examples can be.

Runs and commands ask the modality of a model where tables and images differ: how data are read, what is
drawn, how samples are written. A third one is a class here, or in a package of one's own, and its
registration; see `Modality`.
"""

from surjax.modalities.modality import Draw, Modality, Subject, TrainedFlow
from surjax.modalities.registry import modality_of, register_modality

__all__ = ["Draw", "Modality", "Subject", "TrainedFlow", "modality_of", "register_modality"]
