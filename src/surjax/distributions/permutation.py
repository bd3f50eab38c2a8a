"""Distributions over the orderings of n items."""

import math
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import ArrayLike

from surjax.distributions.base import Distribution, Parametric
from surjax.parameters import Fixed, hold, value
from surjax.typing import Array, Context, Floats, Key, PRNGKey, Scalar, Shape


class UniformPermutation(Distribution):
    """Every ordering of n items is as likely: log p(o) = −log n!.

    o is a vector of shape (n,) that holds each of 0, …, n − 1 once (this is not checked).

    >>> import surjax as sx
    >>> sx.UniformPermutation(3).log_prob(jax.numpy.array([2, 0, 1]))
    Array(-1.7917595, dtype=float32)
    """

    shape: Shape = eqx.field(static=True)

    def __init__(self, n: int):
        self.shape = (n,)

    def log_prob(self, x: Array, key: Key = None, context: Context = None) -> Scalar:
        """−log n!, in nats."""
        return jnp.asarray(-math.lgamma(self.shape[0] + 1), float)

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Array:
        """One of the n! orderings."""
        return jax.random.permutation(key, self.shape[0])


class PlackettLuce(Parametric):
    """Items are drawn one by one without replacement, each with odds exp(logits) (Plackett 1975).

        log p(o) = Σᵢ (l_oᵢ − log Σ_{j ≥ i} exp l_oⱼ)

    o is an ordering of shape (n,): oᵢ is the item at place i. With equal logits (the default) all
    orderings are as likely. With trainable=True the logits are learned; a network gives one an item.

    >>> import surjax as sx
    >>> sx.PlackettLuce(3).log_prob(jax.numpy.array([2, 0, 1]))
    Array(-1.7917595, dtype=float32)
    """

    draws_choices: ClassVar[bool] = True

    logits: Array | Fixed
    shape: Shape = eqx.field(static=True)

    def __init__(self, n: int, logits: ArrayLike = 0.0, trainable: bool = False):
        self.shape = (n,)
        self.logits = hold(jnp.broadcast_to(jnp.asarray(logits, float), (n,)), trainable)

    @property
    def num_params(self) -> int:
        """1: the logit of an item."""
        return 1

    def with_parameters(self, h: Floats) -> "PlackettLuce":
        """The logits are h[..., 0]."""
        return eqx.tree_at(lambda d: d.logits, self, h[..., 0])

    def log_prob(self, x: Array, key: Key = None, context: Context = None) -> Scalar:
        """log p(o), in nats."""
        logits = value(self.logits)[x]
        return (logits - jax.lax.cumlogsumexp(logits, reverse=True)).sum()

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Array:
        """The items by falling logit + Gumbel noise, which is such a draw (Yellott 1977)."""
        logits = value(self.logits)
        return jnp.argsort(logits + jax.random.gumbel(key, self.shape, logits.dtype), descending=True)
