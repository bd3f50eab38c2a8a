"""The networks inside couplings, encoders and decoders; no likelihood here."""

from surjax.nn.autoregressive import Autoregressive, Recurrence
from surjax.nn.base import ACTIVATIONS, Network
from surjax.nn.bounded_scale import BoundedScale
from surjax.nn.checkerboard import OnCheckerboard
from surjax.nn.conv import Conv
from surjax.nn.conv_codec import ConvDecoder, ConvEncoder
from surjax.nn.conv_lstm import ConvLSTM
from surjax.nn.conv_stack import ConvStack
from surjax.nn.densenet import DenseContext, DenseNet
from surjax.nn.dropout import Dropout
from surjax.nn.gated_attention import GatedAttentionConv, GatedConv, PixelFeatures
from surjax.nn.glow_conv import GlowConv
from surjax.nn.image_encoder import ImageEncoder
from surjax.nn.masked_mlp import MADE
from surjax.nn.mlp import MLP
from surjax.nn.norm_conv import NormConv, ZeroConv
from surjax.nn.one_blob import OneBlob
from surjax.nn.residual_conv import ResidualConv
from surjax.nn.residual_mlp import ResidualMLP
from surjax.nn.weight_norm_conv import WeightNormConv

__all__ = [
    "ACTIVATIONS",
    "MADE",
    "MLP",
    "Autoregressive",
    "BoundedScale",
    "Conv",
    "ConvDecoder",
    "ConvEncoder",
    "ConvLSTM",
    "ConvStack",
    "DenseContext",
    "DenseNet",
    "Dropout",
    "GatedAttentionConv",
    "GatedConv",
    "GlowConv",
    "ImageEncoder",
    "Network",
    "NormConv",
    "OnCheckerboard",
    "OneBlob",
    "PixelFeatures",
    "Recurrence",
    "ResidualConv",
    "ResidualMLP",
    "WeightNormConv",
    "ZeroConv",
]
