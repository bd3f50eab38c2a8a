"""Transforms x → z, each with its likelihood contribution."""

from surjax.transforms import univariate
from surjax.transforms.base import Bijection, Transform
from surjax.transforms.base import require_shape as require_shape
from surjax.transforms.bijections.actnorm import ActNorm
from surjax.transforms.bijections.affine import Affine, Scale, Shift
from surjax.transforms.bijections.bounded import Bounded
from surjax.transforms.bijections.checkerboard import Checkerboard
from surjax.transforms.bijections.conv1x1 import Conv1x1
from surjax.transforms.bijections.coupling import Coupling
from surjax.transforms.bijections.elementwise import ConditionalElementwise, Elementwise
from surjax.transforms.bijections.gaussianize import Gaussianize
from surjax.transforms.bijections.johnson import JohnsonSU
from surjax.transforms.bijections.leaky_relu import LeakyReLU
from surjax.transforms.bijections.linear import LinearMap, LULinear, PlainLinear
from surjax.transforms.bijections.logit import Logit
from surjax.transforms.bijections.marginal_mixture import MarginalMixture
from surjax.transforms.bijections.masked_autoregressive import MaskedAutoregressive
from surjax.transforms.bijections.permute import Permute, Shuffle
from surjax.transforms.bijections.pointwise import Pointwise
from surjax.transforms.bijections.reshape import Reshape
from surjax.transforms.bijections.reverse import Reverse
from surjax.transforms.bijections.rotate import Rotation
from surjax.transforms.bijections.sigmoid import Sigmoid
from surjax.transforms.bijections.simplex import Simplex
from surjax.transforms.bijections.softplus import Softplus
from surjax.transforms.bijections.squeeze import Squeeze
from surjax.transforms.bijections.standardize import Standardize
from surjax.transforms.bijections.tanh import Tanh
from surjax.transforms.bijections.whiten import Whiten
from surjax.transforms.bijections.whiten_missing import WhitenMissing
from surjax.transforms.chain import Chain
from surjax.transforms.inverse import Inverse
from surjax.transforms.parallel import Parallel
from surjax.transforms.repeat import Repeat
from surjax.transforms.stochastic.base import Stochastic
from surjax.transforms.stochastic.permutation import StochasticPermutation
from surjax.transforms.stochastic.vae import VAE
from surjax.transforms.surjections.absolute import AbsoluteValue
from surjax.transforms.surjections.argmax import ArgMax
from surjax.transforms.surjections.atoms import Atoms
from surjax.transforms.surjections.base import Surjection
from surjax.transforms.surjections.base import require_decoder as require_decoder
from surjax.transforms.surjections.imputed import Imputed
from surjax.transforms.surjections.max import Max
from surjax.transforms.surjections.maxpool import MaxPool
from surjax.transforms.surjections.pyramid import Pyramid
from surjax.transforms.surjections.quantize import Quantize
from surjax.transforms.surjections.relu import ReLU
from surjax.transforms.surjections.rounding import Rounding, dequantize
from surjax.transforms.surjections.slice import Slice, augment
from surjax.transforms.surjections.sort import Sort

__all__ = [
    "VAE",
    "AbsoluteValue",
    "ActNorm",
    "Affine",
    "ArgMax",
    "Atoms",
    "Bijection",
    "Bounded",
    "Chain",
    "Checkerboard",
    "ConditionalElementwise",
    "Conv1x1",
    "Coupling",
    "Elementwise",
    "Gaussianize",
    "Imputed",
    "Inverse",
    "JohnsonSU",
    "LULinear",
    "LeakyReLU",
    "LinearMap",
    "Logit",
    "MarginalMixture",
    "MaskedAutoregressive",
    "Max",
    "MaxPool",
    "Parallel",
    "Permute",
    "PlainLinear",
    "Pointwise",
    "Pyramid",
    "Quantize",
    "ReLU",
    "Repeat",
    "Reshape",
    "Reverse",
    "Rotation",
    "Rounding",
    "Scale",
    "Shift",
    "Shuffle",
    "Sigmoid",
    "Simplex",
    "Slice",
    "Softplus",
    "Sort",
    "Squeeze",
    "Standardize",
    "Stochastic",
    "StochasticPermutation",
    "Surjection",
    "Tanh",
    "Transform",
    "Whiten",
    "WhitenMissing",
    "augment",
    "dequantize",
    "univariate",
]
