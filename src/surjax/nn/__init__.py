"""The networks inside couplings, encoders and decoders; no likelihood here."""

from surjax.nn.base import ACTIVATIONS, Network
from surjax.nn.masked_mlp import MADE
from surjax.nn.mlp import MLP
from surjax.nn.one_blob import OneBlob
from surjax.nn.residual_mlp import ResidualMLP

__all__ = ["ACTIVATIONS", "MADE", "MLP", "Network", "OneBlob", "ResidualMLP"]
