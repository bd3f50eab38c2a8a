"""One-dimensional bijections, whose parameters come from outside."""

from abc import abstractmethod

from surjax.plain import PlainModule
from surjax.typing import Numbers, Parameters


class Univariate(PlainModule):
    """A family of increasing maps of the line, z = τ(x; h), with parameters h ∈ R^num_params.

    It holds no parameters: a coupling, an autoregressive network or an `Elementwise` bijection gives
    them, unconstrained (the "transformer" of Papamakarios et al. 2021, section 3.1). Both methods act
    on arrays of any shape, with h of shape (*x.shape, num_params), and give the log-derivative of
    every element. At h = 0 the map is the identity or near it.
    """

    @property
    @abstractmethod
    def num_params(self) -> int:
        """How many numbers h holds for each element."""

    @abstractmethod
    def forward(self, x: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """x → (τ(x; h), log ∂τ/∂x), both with the shape of x."""

    @abstractmethod
    def inverse(self, z: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """z → (x, log ∂τ/∂x at that x): the same number that `forward` gives."""
