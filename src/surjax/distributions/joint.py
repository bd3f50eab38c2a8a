"""Several distributions side by side."""

from typing import Any

import equinox as eqx
import jax

from surjax.distributions.base import Distribution
from surjax.typing import Array, Context, Key, PRNGKey, Scalar, Shape


class Joint(Distribution):
    """A tuple of independent parts, given the context: p(x₁, x₂, …) = ∏ₖ pₖ(xₖ | context).

    x is a tuple and `shape` a tuple of shapes. It decodes what a surjection drops in several pieces.

    >>> import jax, surjax as sx
    >>> joint = sx.Joint(sx.Categorical((), 3), sx.HalfNormal((2,)))
    >>> index, differences = joint.sample(jax.random.key(0))
    >>> index.shape, differences.shape
    ((), (2,))
    """

    parts: tuple[Distribution, ...]
    shape: tuple[Shape, ...] = eqx.field(static=True)

    def __init__(self, *parts: Distribution):
        self.parts, self.shape = parts, tuple(part.shape for part in parts)

    @property
    def exact(self) -> bool:
        """Whether log p(x) is exact: whether that of every part is."""
        return all(part.exact for part in self.parts)

    def log_prob(self, x: Any, key: Key = None, context: Context = None) -> Scalar:
        """Σₖ log pₖ(xₖ | context), in nats."""
        keys = [None] * len(self.parts) if key is None else jax.random.split(key, len(self.parts))
        each = (p.log_prob(a, k, context) for p, a, k in zip(self.parts, x, keys, strict=True))
        return sum(each, start=jax.numpy.zeros(()))

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Any:
        """A tuple with one draw a part."""
        keys = jax.random.split(key, len(self.parts))
        return tuple(
            p.sample(k, context=context, temperature=temperature)
            for p, k in zip(self.parts, keys, strict=True)
        )

    def sample_and_log_prob(
        self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0
    ) -> tuple[Any, Scalar]:
        """A tuple with one draw a part, and Σₖ log pₖ in nats (at temperature 1)."""
        keys = jax.random.split(key, len(self.parts))
        both = [
            p.sample_and_log_prob(k, context=context, temperature=temperature)
            for p, k in zip(self.parts, keys, strict=True)
        ]
        return tuple(x for x, _ in both), sum((lp for _, lp in both), start=jax.numpy.zeros(()))

    def to_noise(self, x: Any, context: Context = None) -> Any:
        """A tuple with the noise of each part; raises ConfigError where one has none."""
        return tuple(p.to_noise(a, context) for p, a in zip(self.parts, x, strict=True))

    def from_noise(self, noise: Any, context: Context = None) -> Any:
        """A tuple with what each part makes of its noise."""
        return tuple(p.from_noise(a, context) for p, a in zip(self.parts, noise, strict=True))

    def initialize(self, x: Any, key: Key = None, context: Context = None) -> "Joint":
        """Initialise each part on its own piece of the batch."""
        keys = [None] * len(self.parts) if key is None else jax.random.split(key, len(self.parts))
        each = zip(self.parts, x, keys, strict=True)
        return Joint(*(part.initialize(a, k, context) for part, a, k in each))

    def initialize_sampler(self, n: int, key: PRNGKey, context: Context = None) -> tuple["Joint", Any]:
        """Initialise each part, and draw from it."""
        keys = jax.random.split(key, len(self.parts))
        both = [p.initialize_sampler(n, k, context) for p, k in zip(self.parts, keys, strict=True)]
        return Joint(*(part for part, _ in both)), tuple(x for _, x in both)
