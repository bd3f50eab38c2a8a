"""The networks inside couplings, encoders and decoders; no likelihood here."""

from surjax.nn.base import ACTIVATIONS, Network
from surjax.nn.mlp import MLP

__all__ = ["ACTIVATIONS", "MLP", "Network"]
