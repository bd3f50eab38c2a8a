"""The two flows in zuko (PyTorch)."""

from functools import partial
from importlib.metadata import version

import torch
from torch import Tensor
from zuko.distributions import DiagNormal
from zuko.flows import MAF, GeneralCouplingTransform
from zuko.lazy import Flow, UnconditionalDistribution
from zuko.transforms import MonotonicRQSTransform

from peers.library import Architecture, Kind
from peers.torch_library import TorchLibrary, half


class Zuko(TorchLibrary):
    """zuko: lazy distributions in PyTorch."""

    name = "zuko"
    version = version("zuko")

    def module(self, kind: Kind, dim: int, config: Architecture) -> Flow:
        """The library's flow: its ready-made MAF, or its coupling with its spline plugged in."""
        hidden = (config.width,) * config.depth
        if kind == "maf":
            return MAF(dim, transforms=config.layers, hidden_features=hidden)
        layers = [
            GeneralCouplingTransform(
                dim,
                mask=~half(dim, layer),  # zuko's mask marks what stays as it is
                univariate=partial(MonotonicRQSTransform, bound=config.tail_bound),
                shapes=[(config.bins,), (config.bins,), (config.bins - 1,)],
                hidden_features=hidden,
            )
            for layer in range(config.layers)
        ]
        loc, scale = torch.zeros(dim), torch.ones(dim)
        return Flow(layers, UnconditionalDistribution(DiagNormal, loc, scale, buffer=True))

    def log_density(self, x: Tensor) -> Tensor:
        """The log-density under the flow."""
        return self.flow().log_prob(x)

    def draw(self, n: int) -> Tensor:
        """Samples from the flow."""
        return self.flow().sample((n,))


LIBRARY = Zuko
