"""Whether the samples of a flow can be differentiated in its parameters."""

from collections.abc import Iterator

from surjax.distributions.base import Distribution
from surjax.distributions.conditional import Conditional
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.parameters import count_parameters
from surjax.parts import parts_of
from surjax.transforms.surjections.argmax import ArgMax
from surjax.transforms.surjections.atoms import Atoms
from surjax.transforms.surjections.pyramid import Pyramid
from surjax.transforms.surjections.quantize import Quantize
from surjax.transforms.surjections.rounding import Rounding

_DISCRETE = (ArgMax, Atoms, Pyramid, Quantize, Rounding)


def require_reparametrized(flow: Flow) -> None:
    """ConfigError where a sample has no gradient in what is learned: it is whole numbers, or a learned
    choice.

    Choices that are not learned, such as the fair coin of `AbsoluteValue`, need none.
    """
    for part in (part for kind in _DISCRETE for part in parts_of(flow, kind)):
        raise ConfigError(
            f"the flow's {type(part).__name__} makes samples that are discrete, and a reverse KL divergence "
            "follows samples as they move: give a flow of continuous numbers."
        )
    for part in _learned_choices(flow):
        raise ConfigError(
            f"the flow draws from a {type(part).__name__} whose chances are learned, which samples that move "
            "cannot teach: leave its chances fixed (as surjections' own decoders do), or fit it to data."
        )


def is_reparametrized(flow: Flow) -> bool:
    """Whether `require_reparametrized` has nothing against the flow."""
    try:
        require_reparametrized(flow)
    except ConfigError:
        return False
    return True


def _learned_choices(flow: Flow) -> Iterator[Distribution]:
    for part in parts_of(flow, Distribution, nested=True):
        if part.draws_choices and count_parameters(part):
            yield part
        elif isinstance(part, Conditional):  # whose network gives the family's chances
            inner = parts_of(part.family, Distribution, nested=True)
            yield from (family for family in inner if family.draws_choices)
