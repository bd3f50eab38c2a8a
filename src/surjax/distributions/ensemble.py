"""An ensemble: several models of one thing, in equal parts."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.distributions.base import Distribution
from surjax.errors import ConfigError
from surjax.typing import Array, Context, Key, PRNGKey, Scalar


class Ensemble(Distribution):
    """p(x | context) = 1/K Σₖ pₖ(x | context), of K distributions of one structure, such as flows that were
    trained from other starts (deep ensembles: Lakshminarayanan et al. 2017, section 2.4).

    Where the members' log-densities are bounds, so is this one's. Each draw costs what K draws cost: all
    members draw, and one of them is chosen. Raises ConfigError where the members are of different structure.

    >>> import jax, surjax as sx
    >>> both = sx.Ensemble([sx.Normal((2,), loc) for loc in (-1.0, 1.0)])
    >>> both.log_prob(jax.numpy.array([1.0, 1.0])).round(3)
    Array(-2.513, dtype=float32)
    """

    draws_choices: ClassVar[bool] = True

    stacked: Distribution
    shape: Any = eqx.field(static=True)
    num_members: int = eqx.field(static=True)

    def __init__(self, members: Sequence[Distribution]):
        kinds = {(jax.tree.structure(member), _shapes(member)) for member in members}
        if len(kinds) != 1:
            raise ConfigError(
                f"an ensemble was given {len(members)} members of {len(kinds)} structures: give one or more "
                "distributions that differ in their numbers alone."
            )
        # one distribution whose arrays have a leading axis K
        self.stacked = _stacked(tuple(members))
        self.shape, self.num_members = members[0].shape, len(members)

    @property
    def members(self) -> tuple[Distribution, ...]:
        """The K distributions."""
        return _apart(self.stacked, self.num_members)

    @property
    def exact(self) -> bool:
        """Whether log p(x) is exact: whether that of the members is."""
        return self.stacked.exact

    def log_prob(self, x: Any, key: Key = None, context: Context = None) -> Scalar:
        """log 1/K Σₖ pₖ(x | context), in nats."""
        keys = None if key is None else jax.random.split(key, self.num_members)
        each = jax.vmap(lambda member, key: member.log_prob(x, key, context))(self.stacked, keys)
        return jax.nn.logsumexp(each) - math.log(self.num_members)

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Any:
        """Draw x of a member that is chosen at random (its chance has no temperature)."""
        which, key = jax.random.split(key)
        keys = jax.random.split(key, self.num_members)
        each = jax.vmap(lambda member, key: member.sample(key, context=context, temperature=temperature))(
            self.stacked, keys
        )
        k = jax.random.randint(which, (), 0, self.num_members)
        return jax.tree.map(lambda draws: draws[k], each)

    def sample_and_log_prob(
        self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0
    ) -> tuple[Any, Scalar]:
        """Draw x and give log p(x | context), in nats (where not `exact`, the bound's draw)."""
        key, log_prob_key = jax.random.split(key)
        x = self.sample(key, context=context, temperature=temperature)
        return x, self.log_prob(x, None if self.exact else log_prob_key, context)

    def initialize(self, x: Any, key: Key = None, context: Context = None) -> "Ensemble":
        """The ensemble of the members, each initialised on the batch x with a key of its own."""
        keys = [key] * self.num_members if key is None else jax.random.split(key, self.num_members)
        each = zip(self.members, keys, strict=True)
        return Ensemble([member.initialize(x, key, context) for member, key in each])


@jax.jit
def _stacked(members: tuple[Distribution, ...]) -> Distribution:
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *members)


@partial(jax.jit, static_argnums=1)
def _apart(stacked: Distribution, n: int) -> tuple[Distribution, ...]:
    def member(k: int) -> Distribution:
        return jax.tree.map(lambda leaf: leaf[k], stacked)

    return tuple(member(k) for k in range(n))


def _shapes(member: Distribution) -> tuple:
    return tuple(jnp.shape(leaf) for leaf in jax.tree.leaves(member))
