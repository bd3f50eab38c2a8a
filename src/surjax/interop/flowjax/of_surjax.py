"""What surjax made, as parts of flowjax."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from flowjax.bijections import AbstractBijection  # pyright: ignore[reportMissingImports]
from flowjax.distributions import AbstractDistribution  # pyright: ignore[reportMissingImports]

from surjax.flow import Flow
from surjax.interop.flowjax.held import hold_for_flowjax
from surjax.transforms.base import Transform
from surjax.typing import Array, PRNGKey, Scalar, Shape


class SurjaxDistribution(AbstractDistribution):
    """A flow as flowjax's distribution; the condition is the flow's context. `to_flowjax` makes it."""

    flow: Flow
    cond_shape: Shape | None = eqx.field(static=True)

    def __init__(self, flow: Flow, cond_shape: Shape | None = None):
        self.flow, self.cond_shape = hold_for_flowjax(flow), cond_shape

    @property
    def shape(self) -> Shape:
        """The shape of one sample."""
        return self.flow.shape

    def _log_prob(self, x: Any, condition: Any = None) -> Scalar:
        return self.flow.log_prob(x, context=condition)

    def _sample(self, key: PRNGKey, condition: Any = None) -> Array:
        return jnp.asarray(self.flow.sample(key, context=condition))

    def _sample_and_log_prob(self, key: PRNGKey, condition: Any = None) -> tuple[Array, Scalar]:
        x, log_prob = self.flow.sample_and_log_prob(key, context=condition)
        return jnp.asarray(x), log_prob


class SurjaxBijection(AbstractBijection):
    """A bijection of surjax as flowjax's, whose `transform` is z → x, as in a flow. `to_flowjax` makes it."""

    bijection: Transform
    shape: Shape = eqx.field(static=True)
    cond_shape: Shape | None = eqx.field(static=True)

    def __init__(self, bijection: Transform, shape: Shape, cond_shape: Shape | None = None):
        self.bijection = hold_for_flowjax(bijection)
        self.shape, self.cond_shape = shape, cond_shape

    def transform_and_log_det(self, x: Any, condition: Any = None) -> tuple[Array, Scalar]:
        """z → (x, log |det ∂x/∂z|), in surjax's letters."""
        x, contribution, _ = self.bijection.decode(x, context=self._context(condition))
        return x, -contribution

    def inverse_and_log_det(self, y: Any, condition: Any = None) -> tuple[Array, Scalar]:
        """x → (z, log |det ∂z/∂x|), in surjax's letters."""
        return self.bijection.forward(y, context=self._context(condition))

    def _context(self, condition: Any) -> Any:
        return None if self.cond_shape is None else condition
