"""A log-density where a flow has made it simple: in the flow's noise."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.distributions.uniform_torus import UniformTorus
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.inference.target import Target, target_of
from surjax.promotion import promoting
from surjax.typing import Array, Context, PRNGKey, Scalar


class LatentDensity(eqx.Module):
    """u → log π(u), in nats: a target seen from the noise u that a flow makes x of (Hoffman et al. 2019).

    A function of ONE vector, as gradient-based samplers such as blackjax's take it. Of a log-density p̃ it is

        log π(u) = log p̃(x(u)) + log |det ∂x/∂u|

    standard normal where the flow is the target; and of a log-likelihood L, where the flow is the prior of x,

        log π(u) = log N(u; 0, I) + log L(x(u))

    which is the posterior without computing the flow's density, which cancels. On a torus u are angles, and
    uniform where those are normal.

    Args:
        flow: a bijection over a base that is made of normal noise, or `UniformTorus`.
        log_density: ONE point → log p̃(x).
        log_likelihood: ONE point → log L(x), in its place.
        context: what the flow is given, one context.

    Raises ConfigError where the flow is no such bijection, where not just one of the two functions is given,
    or where it gives no single number.

    >>> import surjax as sx
    >>> flow = sx.Flow(sx.Normal((2,)), sx.Affine((2,), 3.0, 0.5))
    >>> on_noise = LatentDensity(flow, flow.log_prob)
    >>> on_noise(jnp.zeros(2)), on_noise.to_x(jnp.zeros(2)).shape
    (Array(-1.837877, dtype=float32), (2,))
    """

    flow: Flow
    target: Target
    context: Context
    flow_is_prior: bool = eqx.field(static=True)

    def __init__(
        self, flow: Flow, log_density: Any = None, *, log_likelihood: Any = None, context: Context = None
    ):
        if (log_density is None) == (log_likelihood is None):
            raise ConfigError("give either log_density or log_likelihood, one of the two.")
        _require_latent(flow, context)
        self.flow, self.context = flow, context
        self.flow_is_prior = log_density is None
        self.target = target_of(log_likelihood if self.flow_is_prior else log_density, flow)

    @property
    def size(self) -> int:
        """How many numbers u holds."""
        return math.prod(self.flow.base.shape)

    @promoting
    def __call__(self, u: Any) -> Scalar:
        """log π(u) of one u of shape (size,)."""
        return self.at(u)[1]

    @promoting
    def to_x(self, u: Any) -> Any:
        """The x that the flow makes of one u."""
        return self.at(u)[0]

    def start(self, key: PRNGKey) -> Array:
        """One u of the flow itself, for a chain to start at."""
        return self.flow.base.sample(key).ravel() if self._on_torus else jax.random.normal(key, (self.size,))

    def at(self, u: Array) -> tuple[Any, Scalar]:
        """(x, log π(u))."""
        base = self.flow.base
        u = jnp.asarray(u)
        shaped = u.reshape(base.shape)
        z = shaped if self._on_torus else base.from_noise(shaped, self.context)
        x, contribution, _ = self.flow.transform.decode(z, context=self.context)
        log_noise = base.log_prob(z) if self._on_torus else jax.scipy.stats.norm.logpdf(u).sum()
        if self.flow_is_prior:
            return x, log_noise + self.target(x)
        if self._on_torus:
            return x, self.target(x) - contribution
        return x, self.target(x) + log_noise - base.log_prob(z, context=self.context) - contribution

    @property
    def _on_torus(self) -> bool:
        return isinstance(self.flow.base, UniformTorus)


def _require_latent(flow: Flow, context: Context) -> None:
    if not (flow.transform.forward_deterministic and flow.transform.inverse_deterministic):
        raise ConfigError(
            "what walks in a latent space needs a bijection, and this flow is none: take metropolis."
        )
    if isinstance(flow.base, UniformTorus):
        return
    try:
        noise = jax.ShapeDtypeStruct(flow.base.shape, jnp.result_type(float))
        jax.eval_shape(lambda u: flow.base.from_noise(u, context), noise)
    except ConfigError as error:
        raise ConfigError(
            "what walks in a latent space needs normal noise, and the flow's base, "
            f"{type(flow.base).__name__}, is not made of it: give it the base Normal, or take metropolis."
        ) from error
