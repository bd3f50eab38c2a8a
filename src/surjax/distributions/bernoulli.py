"""The Bernoulli distribution."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import ArrayLike

from surjax.distributions.base import Factorized
from surjax.parameters import Fixed, hold, value
from surjax.typing import Array, Context, Floats, Numbers, PRNGKey, Shape


class Bernoulli(Factorized):
    """A coin for each element: p(x_i = 1) = σ(logit_i), x_i ∈ {0, 1}; fair by default.

    log p(x_i) = x_i log σ(l_i) + (1 − x_i) log σ(−l_i), finite for every finite logit. Samples are int8.
    """

    draws_choices: ClassVar[bool] = True

    logits: Array | Fixed
    shape: Shape = eqx.field(static=True)

    def __init__(self, shape: Shape, logits: ArrayLike = 0.0, trainable: bool = False):
        self.shape = tuple(shape)
        self.logits = hold(jnp.broadcast_to(jnp.asarray(logits, float), shape), trainable)

    @property
    def num_params(self) -> int:
        """How many numbers h holds for each element, 1: the logit."""
        return 1

    def with_parameters(self, h: Floats) -> "Bernoulli":
        """Coins with logits h[..., 0]."""
        return eqx.tree_at(lambda d: d.logits, self, h[..., 0])

    def log_prob_elements(self, x: Numbers, context: Context = None) -> Numbers:
        """log p(x_i), in nats."""
        logits = value(self.logits)
        return jax.nn.log_sigmoid(jnp.where(x > 0, logits, -logits))

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Array:
        """x_i = 1 with probability σ(logit_i)."""
        return jax.random.bernoulli(key, jax.nn.sigmoid(value(self.logits))).astype(jnp.int8)
