"""Transforms x → z, each with its likelihood contribution."""

from surjax.transforms import univariate
from surjax.transforms.base import Bijection, Transform
from surjax.transforms.bijections.coupling import Coupling
from surjax.transforms.bijections.elementwise import ConditionalElementwise, Elementwise
from surjax.transforms.chain import Chain
from surjax.transforms.inverse import Inverse
from surjax.transforms.repeat import Repeat
from surjax.transforms.stochastic.base import Stochastic
from surjax.transforms.stochastic.permutation import StochasticPermutation
from surjax.transforms.stochastic.vae import VAE
from surjax.transforms.surjections.absolute import AbsoluteValue
from surjax.transforms.surjections.argmax import ArgMax
from surjax.transforms.surjections.base import Surjection
from surjax.transforms.surjections.max import Max
from surjax.transforms.surjections.relu import ReLU
from surjax.transforms.surjections.rounding import Rounding, dequantize
from surjax.transforms.surjections.slice import Slice, augment
from surjax.transforms.surjections.sort import Sort

__all__ = [
    "VAE",
    "AbsoluteValue",
    "ArgMax",
    "Bijection",
    "Chain",
    "ConditionalElementwise",
    "Coupling",
    "Elementwise",
    "Inverse",
    "Max",
    "ReLU",
    "Repeat",
    "Rounding",
    "Slice",
    "Sort",
    "Stochastic",
    "StochasticPermutation",
    "Surjection",
    "Transform",
    "augment",
    "dequantize",
    "univariate",
]
