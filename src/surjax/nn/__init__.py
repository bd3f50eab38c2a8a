"""The networks inside couplings, encoders and decoders; no likelihood here."""

from surjax.nn.autoregressive import Autoregressive, Recurrence
from surjax.nn.base import ACTIVATIONS, Network, Unsized
from surjax.nn.bounded_scale import BoundedScale
from surjax.nn.checkerboard import OnCheckerboard
from surjax.nn.conv import Conv
from surjax.nn.conv_codec import ConvDecoder, ConvEncoder, ResidualStack
from surjax.nn.conv_lstm import ConvLSTM, ConvLSTMLayer
from surjax.nn.conv_stack import ConvStack
from surjax.nn.deep_set import DeepSet
from surjax.nn.densenet import DenseBlock, DenseContext, DenseLayer, DenseNet
from surjax.nn.dropout import Dropout
from surjax.nn.gated_attention import (
    ChannelNorm,
    GatedAttention,
    GatedAttentionBlock,
    GatedAttentionConv,
    GatedConv,
    PixelFeatures,
)
from surjax.nn.glow_conv import GlowConv
from surjax.nn.gru import GRU
from surjax.nn.image_encoder import EncoderBlock, ImageEncoder
from surjax.nn.masked_mlp import MADE
from surjax.nn.masked_outputs import MaskedOutputs
from surjax.nn.mlp import MLP
from surjax.nn.norm_conv import NormConv, ZeroConv
from surjax.nn.one_blob import OneBlob
from surjax.nn.one_hot import OneHot
from surjax.nn.periodic import Periodic
from surjax.nn.residual_conv import ResidualBlock, ResidualConv
from surjax.nn.residual_mlp import ResidualMLP
from surjax.nn.sizes import Sizes
from surjax.nn.vector_context import VectorContext, WithoutContext
from surjax.nn.weight_norm_conv import WeightNormConv

__all__ = [
    "ACTIVATIONS",
    "GRU",
    "MADE",
    "MLP",
    "Autoregressive",
    "BoundedScale",
    "ChannelNorm",
    "Conv",
    "ConvDecoder",
    "ConvEncoder",
    "ConvLSTM",
    "ConvLSTMLayer",
    "ConvStack",
    "DeepSet",
    "DenseBlock",
    "DenseContext",
    "DenseLayer",
    "DenseNet",
    "Dropout",
    "EncoderBlock",
    "GatedAttention",
    "GatedAttentionBlock",
    "GatedAttentionConv",
    "GatedConv",
    "GlowConv",
    "ImageEncoder",
    "MaskedOutputs",
    "Network",
    "NormConv",
    "OnCheckerboard",
    "OneBlob",
    "OneHot",
    "Periodic",
    "PixelFeatures",
    "Recurrence",
    "ResidualBlock",
    "ResidualConv",
    "ResidualMLP",
    "ResidualStack",
    "Sizes",
    "Unsized",
    "VectorContext",
    "WeightNormConv",
    "WithoutContext",
    "ZeroConv",
]
