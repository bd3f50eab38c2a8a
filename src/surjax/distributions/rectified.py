"""An atom at zero and a density above it: the distribution of what a ReLU lets through."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import ArrayLike

from surjax.distributions.base import Factorized
from surjax.parameters import Fixed, hold, value
from surjax.typing import Array, Context, Floats, Numbers, PRNGKey, Shape


class Rectified(Factorized):
    """Each element is 0 with probability 1 − π_i, and else of a positive distribution p₊.

        log p(x_i) = log(1 − π_i)             at x_i = 0  (a probability)
                     log π_i + log p₊(x_i)    for x_i > 0  (a density)

    with π = σ(logits), ½ by default. The reference measure is thus Lebesgue's with an atom at 0, the
    one of z = max(x, 0). `Rectified(HalfNormal(shape))` is the rectified standard normal. With
    trainable=True the logits are learned; a network gives the logit and then p₊'s parameters.

    >>> import surjax as sx
    >>> sx.Rectified(sx.HalfNormal((2,))).log_prob(jax.numpy.zeros(2))
    Array(-1.3862944, dtype=float32)
    """

    draws_choices: ClassVar[bool] = True

    positive: Factorized
    logits: Array | Fixed
    shape: Shape = eqx.field(static=True)

    def __init__(self, positive: Factorized, logits: ArrayLike = 0.0, trainable: bool = False):
        self.positive, self.shape = positive, positive.shape
        self.logits = hold(jnp.broadcast_to(jnp.asarray(logits, float), self.shape), trainable)

    @property
    def num_params(self) -> int:
        """How many numbers h holds for each element: 1 + those of p₊."""
        return 1 + self.positive.num_params

    def with_parameters(self, h: Floats) -> "Rectified":
        """Logits h[..., 0]; the rest is p₊'s."""
        positive = self.positive.with_parameters(h[..., 1:])
        return eqx.tree_at(lambda d: (d.logits, d.positive), self, (h[..., 0], positive))

    def log_prob_elements(self, x: Numbers, context: Context = None) -> Numbers:
        """log p(x_i), in nats."""
        logits = value(self.logits)
        above = jax.nn.log_sigmoid(logits) + self.positive.log_prob_elements(x)
        return jnp.where(x == 0, jax.nn.log_sigmoid(-logits), above)

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Array:
        """0, or a draw of p₊ (at the temperature)."""
        which, key = jax.random.split(key)
        above = self.positive.sample(key, temperature=temperature)
        return jnp.where(jax.random.bernoulli(which, jax.nn.sigmoid(value(self.logits))), above, 0.0)
