"""The two flows in normflows (PyTorch)."""

from importlib.metadata import version

import torch
from normflows import NormalizingFlow
from normflows.distributions import DiagGaussian
from normflows.flows import MaskedAffineAutoregressive, Permute
from normflows.flows.base import Reverse
from normflows.flows.neural_spline.coupling import PiecewiseRationalQuadraticCoupling
from normflows.nets import MLP
from torch import Tensor, nn

from peers.library import Architecture, Kind
from peers.torch_library import TorchLibrary, half


class Conditioner(MLP):
    """normflows' MLP, with what its couplings ask of a network: a context, and `hidden_features`."""

    def __init__(self, inputs: int, outputs: int, config: Architecture):
        super().__init__([inputs, *[config.width] * config.depth, outputs])
        self.hidden_features = config.width

    def forward(self, x: Tensor, context=None) -> Tensor:
        """The spline's parameters."""
        return super().forward(x)


class NormFlows(TorchLibrary):
    """normflows: PyTorch, its layers run from noise to data."""

    name = "normflows"
    version = version("normflows")

    def module(self, kind: Kind, dim: int, config: Architecture) -> NormalizingFlow:
        """The library's flow: a stack of its layers, turned round so that scoring is one pass."""
        build = maf_layers if kind == "maf" else spline_layers
        return NormalizingFlow(DiagGaussian(dim, trainable=False), build(dim, config))

    def log_density(self, x: Tensor) -> Tensor:
        """The log-density under the flow."""
        return self.flow.log_prob(x)

    def draw(self, n: int) -> Tensor:
        """Samples from the flow; the library always computes their density too."""
        return self.flow.sample(n)[0]


def spline_layers(dim: int, config: Architecture) -> list[nn.Module]:
    """Spline couplings with a plain MLP: the library's wrapper class builds a residual one."""
    return [
        Reverse(
            PiecewiseRationalQuadraticCoupling(
                mask=half(dim, layer),
                transform_net_create_fn=lambda inputs, outputs: Conditioner(inputs, outputs, config),
                num_bins=config.bins,
                tails="linear",
                tail_bound=config.tail_bound,
            )
        )
        for layer in range(config.layers)
    ]


def maf_layers(dim: int, config: Architecture) -> list[nn.Module]:
    """Affine autoregressive layers, the order of the dimensions reversed in between."""
    layers = []
    for _ in range(config.layers):
        affine = MaskedAffineAutoregressive(
            dim,
            config.width,
            num_blocks=config.depth - 1,  # the input layer is not counted as a block
            use_residual_blocks=False,
        )
        made = affine.autoregressive_net
        # Without residual blocks the library has no activation behind MADE's input layer.
        made.initial_layer = nn.Sequential(made.initial_layer, nn.ReLU())
        reverse = Permute(dim)
        reverse.perm = reverse.inv_perm = torch.arange(dim).flip(0)
        layers += [Reverse(affine), reverse]
    return layers


LIBRARY = NormFlows
