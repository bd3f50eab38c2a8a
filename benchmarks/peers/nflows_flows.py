"""The two flows in nflows (PyTorch)."""

from importlib.metadata import version

from nflows.distributions.normal import StandardNormal
from nflows.flows.autoregressive import MaskedAutoregressiveFlow
from nflows.flows.base import Flow
from nflows.nn.nets import MLP
from nflows.transforms import CompositeTransform, PiecewiseRationalQuadraticCouplingTransform
from torch import Tensor

from peers.library import Architecture, Kind
from peers.torch_library import TorchLibrary, half


class Conditioner(MLP):
    """nflows' MLP, with what its couplings ask of a network: a context, and `hidden_features`."""

    def __init__(self, inputs: int, outputs: int, config: Architecture):
        super().__init__([inputs], [outputs], [config.width] * config.depth)
        self.hidden_features = config.width

    def forward(self, inputs: Tensor, context=None) -> Tensor:
        """The spline's parameters."""
        return super().forward(inputs)


class NFlows(TorchLibrary):
    """nflows: the neural spline flows' authors' library."""

    name = "nflows"
    version = version("nflows")

    def module(self, kind: Kind, dim: int, config: Architecture) -> Flow:
        """The library's flow: its ready-made MAF, or a stack of its spline couplings."""
        if kind == "maf":
            return MaskedAutoregressiveFlow(
                dim,
                hidden_features=config.width,
                num_layers=config.layers,
                num_blocks_per_layer=config.depth - 1,  # the input layer is not counted as a block
                use_residual_blocks=False,
            )
        layers = [
            PiecewiseRationalQuadraticCouplingTransform(
                mask=half(dim, layer),
                transform_net_create_fn=lambda inputs, outputs: Conditioner(inputs, outputs, config),
                num_bins=config.bins,
                tails="linear",
                tail_bound=config.tail_bound,
            )
            for layer in range(config.layers)
        ]
        return Flow(CompositeTransform(layers), StandardNormal([dim]))

    def log_density(self, x: Tensor) -> Tensor:
        """The log-density under the flow."""
        return self.flow.log_prob(x)

    def draw(self, n: int) -> Tensor:
        """Samples from the flow."""
        return self.flow.sample(n)


LIBRARY = NFlows
