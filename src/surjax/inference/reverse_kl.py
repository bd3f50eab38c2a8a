"""The objective of a fit to a log-density."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.flow import Flow
from surjax.inference.target import Target
from surjax.typing import Array, Context, PRNGKey, Scalar


class ReverseKL(eqx.Module):
    """log q(x) − β log p̃(x) of ONE draw x of the flow q: its mean is the reverse KL divergence less log Z.

    An objective of `surjax.train`, whose x is how much of the training is behind, m ∈ [0, 1]. The inverse
    temperature β rises to 1 over the first `anneal` of it, the temperature falling geometrically:

        β = start_temperature^−max(1 − m/anneal, 0)

    With gradient "path" x alone moves with the parameters, and log q is that of a fixed flow: what is left
    out has mean 0, and what is left has no variance where q is p (Roeder et al. 2017, sticking the landing).
    It takes a flow that is exact; "total" takes the gradient of the whole, for a bound the only right one:
    there log q(x) is log p(z) + V(x, z) of the very z that x was made of, and the mean an upper bound of the
    divergence.

    With data the loss is (1 − data_weight) of that and data_weight of −log q of a row, drawn at random.
    """

    target: Target
    data: Array | None
    data_weight: float = eqx.field(static=True)
    gradient: str = eqx.field(static=True)
    start_temperature: float = eqx.field(static=True)
    anneal: float = eqx.field(static=True)

    def __call__(self, flow: Flow, x: Array, key: PRNGKey, context: Context = None) -> Scalar:
        """The loss of one draw at the moment x, in nats."""
        draw_key, row_key, noise_key = jax.random.split(key, 3)
        drawn, log_q = self._draw(flow, draw_key)
        reverse = log_q - self._inverse_temperature(x) * self.target(drawn)
        if self.data is None:
            return reverse
        row = self.data[jax.random.randint(row_key, (), 0, len(self.data))]
        forward = -flow.log_prob(row, None if flow.exact else noise_key)
        return (1 - self.data_weight) * reverse + self.data_weight * forward

    def _draw(self, flow: Flow, key: PRNGKey) -> tuple[Any, Scalar]:
        x, log_q = flow.sample_and_log_prob(key)
        return x, log_q if self.gradient == "total" else _along_x(x, log_q, flow)

    def _inverse_temperature(self, moment: Array) -> Array:
        if self.start_temperature == 1 or self.anneal == 0:
            return jnp.ones((), moment.dtype)
        return self.start_temperature ** -jnp.maximum(1 - moment / self.anneal, 0)


@eqx.filter_custom_jvp
def _along_x(x: Array, log_q: Scalar, flow: Flow) -> Scalar:
    """log q(x), whose derivative is ∇ₓ log q(x) times that of x, as if the flow were fixed.

    So x goes back through the flow where a gradient is taken, and not where the model is evaluated.
    """
    return log_q


@_along_x.def_jvp
def _along_x_jvp(primals: Any, tangents: Any) -> tuple[Scalar, Scalar]:
    (x, log_q, flow), dx = primals, tangents[0]
    score = jax.lax.stop_gradient(jax.grad(flow.log_prob)(x))
    return log_q, jnp.zeros_like(log_q) if dx is None else jnp.vdot(score, dx)
