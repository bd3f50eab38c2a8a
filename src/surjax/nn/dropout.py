"""Dropout, which only training turns on."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.nn.base import Network
from surjax.typing import Array, Context, Floats, Key, PRNGKey


class Dropout(Network):
    """In training, each number is set to 0 with probability `rate`, else divided by 1 − rate.

    (Srivastava et al. 2014, Dropout.) Outside of training x comes back as it is, so that a model's
    likelihood is one number: it is `with_noise` that gives it the randomness to drop anything.
    seed tells one dropout of a network from another, and one of scanned copies from the next. channels: the
    numbers of a channel of an image stay or go together (Tompson et al. 2015). Raises ConfigError where rate
    is not at least 0 and below 1.

    >>> import jax, surjax as sx
    >>> dropout, x = sx.nn.Dropout(0.5, key=jax.random.key(0)), jax.numpy.ones(1000)
    >>> bool((dropout(x) == x).all())
    True
    >>> y = dropout.with_noise(jax.random.key(1))(x)
    >>> sorted({float(number) for number in y}), bool(450 < (y == 0).sum() < 550)
    ([0.0, 2.0], True)
    """

    seed: Array
    draw: Key
    rate: float = eqx.field(static=True)
    channels: bool = eqx.field(static=True, default=False)

    def __init__(self, rate: float, *, channels: bool = False, key: Any):
        if not 0 <= rate < 1:
            raise ConfigError(f"dropout is {rate} and must be at least 0 and below 1.")
        self.seed, self.draw = jax.random.bits(key, (), jnp.uint32), None
        self.rate, self.channels = rate, channels

    def __call__(self, x: Array, context: Context = None) -> Floats:
        """x, or in training what is left of it."""
        if self.draw is None or self.rate == 0:
            return x
        shape = (*x.shape[:-2], 1, 1) if self.channels else x.shape
        kept = jax.random.bernoulli(self.draw, 1 - self.rate, shape)
        return jnp.where(kept, x / (1 - self.rate), 0).astype(x.dtype)

    @property
    def noisy(self) -> bool:
        """Whether anything is dropped."""
        return self.rate > 0

    def with_noise(self, key: PRNGKey) -> "Dropout":
        """The dropout of ONE example in training: it draws from a key of its own."""
        seeds = self.seed.ravel()  # one, or as many as there are scanned copies
        keys = jax.vmap(lambda seed: jax.random.fold_in(key, seed))(seeds).reshape(self.seed.shape)
        return eqx.tree_at(lambda dropout: dropout.draw, self, keys, is_leaf=lambda leaf: leaf is None)
