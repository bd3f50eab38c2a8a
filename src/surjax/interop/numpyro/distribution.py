"""A flow as a distribution of numpyro."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from numpyro.distributions import Distribution  # pyright: ignore[reportMissingImports]
from numpyro.distributions.util import validate_sample  # pyright: ignore[reportMissingImports]

from surjax.arguments import require_context
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.inference.reparametrized import is_reparametrized
from surjax.interop.numpyro.support import over_event, support_of
from surjax.typing import Array, Context, Keys, Shape


class FlowDistribution(Distribution):
    """p(x | context) of an exact flow, wherever numpyro takes a distribution: `numpyro.sample`, NUTS, SVI.

    Its event is one sample of the flow. Samples come with their log-density as an intermediate, so that a
    guide need not invert what it has just drawn. It is a pytree, and so passes in and out of compiled
    functions.

    Args:
        flow: an exact one; a flow with a bound is refused, because its `log_prob` is a random number.
        context: what it is given: arrays whose leading axes are `batch_shape`.
        batch_shape: how many distributions this is, side by side; one by default.
        support: numpyro's constraint of one sample. By default `support_of` tells it from the flow's first
            transform: `real_vector` for most.
        validate_args: as in numpyro.

    Raises ConfigError where the flow is not exact or its support is not known, ShapeError where the context
    has other leading axes.

    >>> import jax, surjax as sx
    >>> prior = FlowDistribution(sx.Flow(sx.Normal((2,)), sx.Affine((2,), 0.5)))
    >>> prior.event_shape, prior.sample(jax.random.key(0), (3,)).shape
    ((2,), (3, 2))
    """

    arg_constraints = {}  # noqa: RUF012  # numpyro's own are so
    pytree_data_fields = ("_arrays", "context", "_support")
    pytree_aux_fields = ("_rest", "_reparametrized")

    def __init__(
        self,
        flow: Flow,
        context: Context = None,
        *,
        batch_shape: Shape = (),
        support: Any = None,
        validate_args: bool | None = None,
    ):
        require_exact(flow, "a distribution of numpyro")
        self.context = require_context(context, tuple(batch_shape), "the distribution")
        self._support = support_of(flow) if support is None else over_event(support, flow)
        self._reparametrized = is_reparametrized(flow)
        # functions that a network holds, such as its activation, cannot pass through compiled functions
        self._arrays, self._rest = eqx.partition(flow, eqx.is_array)
        super().__init__(tuple(batch_shape), flow.shape, validate_args=validate_args)

    @property
    def flow(self) -> Flow:
        """The flow."""
        return eqx.combine(self._arrays, self._rest)

    @property
    def has_rsample(self) -> bool:
        """Whether gradients of a sample tell all about the flow's parameters: no learned choice is drawn."""
        return self._reparametrized

    def sample(self, key: Keys, sample_shape: Shape = ()) -> Array:
        """Draws of shape sample_shape + batch_shape + event_shape."""
        axes = (*sample_shape, *self.batch_shape)
        return jnp.asarray(self.flow.sample(key, axes, self._context(axes)))

    def sample_with_intermediates(self, key: Keys, sample_shape: Shape = ()) -> tuple[Array, list[Array]]:
        """(draws, [their log-densities]): `log_prob` takes the second in place of inverting the flow."""
        axes = (*sample_shape, *self.batch_shape)
        x, log_prob = self.flow.sample_and_log_prob(key, axes, self._context(axes))
        return jnp.asarray(x), [log_prob]

    @validate_sample
    def log_prob(self, value: Any, intermediates: list[Array] | None = None) -> Array:
        """log p(value | context) in nats, of the shape of value without the event's axes."""
        if intermediates:
            return intermediates[0]
        value = jnp.asarray(value)
        k = value.ndim - len(self.event_shape)
        axes: Any = jnp.broadcast_shapes(value.shape[:k], self.batch_shape)
        value = jnp.broadcast_to(value, (*axes, *value.shape[k:]))
        return self.flow.log_prob(value, context=self._context(axes))

    def _context(self, axes: Shape) -> Context:
        k = len(self.batch_shape)
        return jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (*axes, *jnp.shape(leaf)[k:])), self.context)


def require_exact(flow: Any, wanted: str) -> None:
    """ConfigError where it is no flow with an exact log-density."""
    if not isinstance(flow, Flow):
        raise ConfigError(f"{type(flow).__name__} is no Flow, and {wanted} is made of one: give a Flow.")
    if not flow.exact:
        raise ConfigError(
            f"this flow gives a lower bound, drawn anew each time, and {wanted} needs an exact log-density: "
            "give a flow whose exact is True."
        )
