"""A flow of angles."""

from collections.abc import Sequence
from typing import Any

import jax

from surjax.distributions.uniform_torus import UniformTorus
from surjax.flow import Flow
from surjax.nn.mlp import MLP
from surjax.nn.periodic import Periodic
from surjax.transforms.base import Transform
from surjax.transforms.bijections.coupling import Coupling
from surjax.transforms.bijections.elementwise import Elementwise
from surjax.transforms.chain import Chain
from surjax.transforms.repeat import Repeat
from surjax.transforms.univariate.circular_spline import CircularSpline


def torus_flow(
    n: int,
    layers: int = 4,
    *,
    num_bins: int = 8,
    hidden: Sequence[int] = (64, 64),
    harmonics: int = 1,
    activation: str = "silu",
    key: Any,
) -> Flow:
    """A flow of n angles in [−π, π): coupling layers of circular splines over the uniform distribution.

    Each layer moves one half of the angles and then the other, by splines whose parameters a network gives
    that sees the other half by cosines and sines (Rezende et al. 2020, section 2.3). It starts as the uniform
    distribution. A single angle has one spline, whatever the layers. In front of its transform `circular`
    makes it one of angles with another period.

    Args:
        n: how many angles.
        layers: how many layers, each of two couplings.
        num_bins: of each spline.
        hidden: the widths of the networks' hidden layers.
        harmonics: up to which multiple of an angle its cosine and sine are seen.
        activation: a key of `surjax.nn.ACTIVATIONS`; a smooth one makes a smooth density.
        key: for the networks' weights.

    >>> flow = torus_flow(2, key=jax.random.key(0))
    >>> round(float(flow.log_prob(jax.numpy.array([1.0, -9.0]))), 4)
    -3.6758
    """
    spline = CircularSpline(num_bins)
    if n == 1:
        return Flow(UniformTorus((1,)), Elementwise((1,), spline))
    network = Periodic.of(
        MLP.of(hidden=tuple(hidden), zero_last=True, activation=activation), harmonics=harmonics
    )

    def layer(key: Any) -> Transform:
        first, second = jax.random.split(key)
        return Chain(
            Coupling.of((n,), spline, network, key=first),
            Coupling.of((n,), spline, network, num_identity=n - n // 2, swap=True, key=second),
        )

    return Flow(UniformTorus((n,)), Repeat(layer, layers, key=key))
