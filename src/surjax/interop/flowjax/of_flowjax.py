"""What flowjax made, as parts of surjax."""

from typing import Any

import jax.numpy as jnp
from flowjax.bijections import AbstractBijection  # pyright: ignore[reportMissingImports]
from flowjax.distributions import AbstractDistribution, VmapMixture  # pyright: ignore[reportMissingImports]

from surjax.arguments import require_keys
from surjax.distributions.base import Distribution
from surjax.dtypes import as_floats
from surjax.interop.flowjax.held import hold_for_surjax
from surjax.nn.base import missing_context
from surjax.parts import parts_of
from surjax.transforms.base import Bijection
from surjax.typing import Array, Context, Key, Numbers, PRNGKey, Scalar, Shape


class FlowjaxBijection(Bijection):
    """A bijection of flowjax in a flow's place: x → z is its inverse, z → x its `transform`.

        V = log |det ∂z/∂x| = −log |det ∂x/∂z|

    So Flow(base, FlowjaxBijection(b)) is what flowjax.distributions.Transformed(base, b) is. Where the
    inverse is NaN, x is outside of what the bijection reaches, and V is −∞. A conditional one takes an array
    of its `cond_shape` as the context. Its trained parameters are trained by surjax, those in `NonTrainable`
    are not.
    """

    bijection: AbstractBijection

    def __init__(self, bijection: AbstractBijection):
        self.bijection = hold_for_surjax(bijection)

    @property
    def fixed_shape(self) -> Shape:
        """The shape that the bijection is of."""
        return self.bijection.shape

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → (z, log |det ∂z/∂x|)."""
        z, log_det = self.bijection.inverse_and_log_det(x, _condition(self.bijection, context))
        outside = (jnp.isnan(log_det) | jnp.isnan(z).any()) & ~jnp.isnan(x).any()
        return as_floats(jnp.where(outside, 0.0, z)), as_floats(jnp.where(outside, -jnp.inf, log_det))

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (x, log |det ∂z/∂x|)."""
        x, log_det = self.bijection.transform_and_log_det(z, _condition(self.bijection, context))
        return as_floats(x), -as_floats(log_det)


class FlowjaxDistribution(Distribution):
    """A distribution of flowjax: p(x | context), whose context is an array of its `cond_shape`.

    A temperature has no meaning here.
    """

    distribution: AbstractDistribution

    def __init__(self, distribution: AbstractDistribution):
        self.distribution = hold_for_surjax(distribution)

    @property
    def shape(self) -> Shape:
        """The shape of one x."""
        return self.distribution.shape

    @property
    def draws_choices(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Whether it draws which component of a mixture x is of."""
        return bool(parts_of(self.distribution, VmapMixture))

    def log_prob(self, x: Numbers, key: Key = None, context: Context = None) -> Scalar:
        """log p(x | context), in nats."""
        return as_floats(self.distribution.log_prob(x, _condition(self.distribution, context)))

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Array:
        """Draw x ~ p(x | context)."""
        condition = _condition(self.distribution, context)
        return as_floats(self.distribution.sample(require_keys(key, ()), (), condition))

    def sample_and_log_prob(
        self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0
    ) -> tuple[Array, Scalar]:
        """Draw x ~ p(x | context), with log p(x | context) in nats."""
        condition = _condition(self.distribution, context)
        return as_floats(self.distribution.sample_and_log_prob(require_keys(key, ()), (), condition))


def _condition(owner: Any, context: Context) -> Any:
    """The condition, or None where the owner takes none; SurjaxError where it is missing."""
    if owner.cond_shape is None:
        return None
    if context is None:
        raise missing_context(type(owner).__name__)
    return jnp.asarray(context)
