"""A distribution of those elements alone that a ReLU let go of."""

import equinox as eqx
import jax.numpy as jnp

from surjax.distributions.base import Distribution, Factorized
from surjax.distributions.conditional import Conditional, split_condition
from surjax.typing import Array, Context, Key, PRNGKey, Scalar, Shape


class WhereZero(Distribution):
    """The distribution of what `ReLU` drops: y_i ~ p(y_i | z) where z_i = 0; elsewhere y_i = 0 for certain.

    The context is z. elements is a factorized family, or `Conditional` of one.
    """

    elements: Factorized | Conditional
    shape: Shape = eqx.field(static=True)

    def __init__(self, elements: Factorized | Conditional):
        self.elements, self.shape = elements, elements.shape

    def log_prob(self, x: Array, key: Key = None, context: Context = None) -> Scalar:
        """Σ log p(y_i | z) over the i with z_i = 0, in nats."""
        at_zero = self._at_zero(context)
        family = self.elements.given(context) if isinstance(self.elements, Conditional) else self.elements
        assert isinstance(family, Factorized)  # `ReLU` takes no other
        log_probs = family.log_prob_elements(jnp.where(at_zero, x, 0))
        return jnp.where(at_zero, log_probs, 0).sum()

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Array:
        """y, which is 0 where z is not."""
        y = self.elements.sample(key, context=context, temperature=temperature)
        return jnp.where(self._at_zero(context), y, 0)

    def initialize(self, x: Array, key: Key = None, context: Context = None) -> "WhereZero":
        """Initialise the distribution of the elements, on all of the batch."""
        elements = self.elements.initialize(x, key, context)
        return eqx.tree_at(lambda where: where.elements, self, elements)

    def _at_zero(self, context: Context) -> Array:
        return split_condition(context)[0] == 0
