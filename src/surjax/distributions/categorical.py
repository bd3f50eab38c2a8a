"""The categorical distribution."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import ArrayLike

from surjax.distributions.base import Factorized
from surjax.errors import ConfigError
from surjax.parameters import Fixed, hold, value
from surjax.typing import Array, Context, Floats, Numbers, PRNGKey, Shape


class Categorical(Factorized):
    """A die for each element: x_i ∈ {0, …, K − 1}, fair by default.

        log p(x_i = k) = l_ik − log Σⱼ exp l_ij

    K is num_classes and l is logits, of a shape that broadcasts to (*shape, K); with trainable=True
    they are learned. x may be of an integer or a floating-point dtype; a value that is none of the
    classes has log-probability −∞. Raises ConfigError for fewer than one class.

    >>> import surjax as sx
    >>> sx.Categorical((1,), 4).log_prob(jax.numpy.array([3]))
    Array(-1.3862944, dtype=float32)
    """

    draws_choices: ClassVar[bool] = True

    logits: Array | Fixed
    shape: Shape = eqx.field(static=True)
    num_classes: int = eqx.field(static=True)

    def __init__(self, shape: Shape, num_classes: int, logits: ArrayLike = 0.0, trainable: bool = False):
        if num_classes < 1:
            raise ConfigError(f"a die of {num_classes} faces was asked for: give num_classes of 1 or more.")
        self.shape, self.num_classes = tuple(shape), num_classes
        self.logits = hold(jnp.broadcast_to(jnp.asarray(logits, float), (*shape, num_classes)), trainable)

    @property
    def num_params(self) -> int:
        """How many numbers h holds for each element, K: the logits."""
        return self.num_classes

    def with_parameters(self, h: Floats) -> "Categorical":
        """The logits are h."""
        return eqx.tree_at(lambda d: d.logits, self, h)

    def log_prob_elements(self, x: Numbers, context: Context = None) -> Numbers:
        """log p(x_i), in nats."""
        log_probs = jax.nn.log_softmax(value(self.logits))
        mask = x[..., None] == jnp.arange(self.num_classes)
        return jnp.where(mask.any(-1), jnp.where(mask, log_probs, 0.0).sum(-1), -jnp.inf)

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Array:
        """x_i = k with probability softmax(logits)_ik; the temperature has no meaning here."""
        return jax.random.categorical(key, value(self.logits))
