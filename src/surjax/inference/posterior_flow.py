"""The flow that `npe` fits where it is given none."""

from typing import Any

import jax

from surjax.distributions import Normal
from surjax.flow import Flow
from surjax.nn import MADE
from surjax.transforms import Chain, LULinear, MaskedAutoregressive, Repeat, univariate
from surjax.typing import PRNGKey, Shape


def posterior_flow(
    key: PRNGKey,
    size: int,
    context_shape: Shape,
    num_layers: int = 3,
    hidden: tuple[int, ...] = (64, 64),
    num_bins: int = 5,
    bound: float = 5.0,
    activation: str = "tanh",
) -> Flow:
    """q(θ | context), a neural spline flow of autoregressive layers, RQ-NSF (AR) (Durkan et al. 2019a).

    For θ of shape (size,) on the scale of 1, as `npe` standardises them: num_layers times a linear map in LU
    form and a MADE of the widths `hidden` whose rational-quadratic splines lie within ±bound, over N(0, I).

    >>> import jax, surjax as sx
    >>> flow = sx.inference.posterior_flow(jax.random.key(0), 2, (3,))
    >>> flow.log_prob(jax.numpy.zeros((5, 2)), context=jax.numpy.zeros((5, 3))).shape
    (5,)
    """
    spline = univariate.RationalQuadraticSpline(num_bins, (-bound, bound))
    made = MADE.of(hidden=tuple(hidden), activation=activation, zero_last=True)

    def layer(key: Any) -> Chain:
        first, second = jax.random.split(key)
        autoregressive = MaskedAutoregressive.of(
            (size,), spline, made, context_shape=context_shape, key=second
        )
        return Chain(LULinear(size, key=first), autoregressive)

    return Flow(Normal((size,)), Repeat(layer, num_layers, key=key))
