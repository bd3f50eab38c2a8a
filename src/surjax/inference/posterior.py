"""An amortised posterior, drawn inside the prior's support."""

import math
import warnings
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from surjax.arguments import count
from surjax.errors import ShapeError, SurjaxError
from surjax.flow import Flow
from surjax.inference.members import members_of
from surjax.inference.simulation import Prior, Simulations, inside
from surjax.train import Fit
from surjax.typing import Array, PRNGKey

MOST_DRAWS = 10_000
"""How often a θ that lies outside of the prior's support is drawn again."""
AT_ONCE = 4096
"""How many θ are drawn at once, by one compiled program, however many are asked for."""
MUCH = 0.5
"""A leakage above this is warned of."""


@dataclass(frozen=True)
class Posterior:
    """q(θ | x), the posterior that `npe` learned, for any x that the simulator could have given.

    The flow may give θ that the prior excludes: those are drawn again, and the density is divided by what
    lies inside,

        log p(θ | x) ≈ log q(θ | x) − log(1 − leakage(x)),   −∞ outside of the prior's support.

    flow: q, a `Flow` of θ with the context x; it saves and loads as every flow. Of several members it is
    over an `Ensemble` of them. prior, simulations: what it was trained on, and how many simulations were
    dropped. fits: what `fit` gave, for each round one of each member. observation: the x that methods take
    where they are given none; after truncated rounds q is of this x alone.
    """

    flow: Flow
    prior: Prior
    simulations: Simulations
    fits: tuple[tuple[Fit, ...], ...]
    observation: Array | None = None

    def sample(self, key: PRNGKey, n: int, x: Any = None) -> Array:
        """n draws of θ given x, inside the prior's support: shape (n, D).

        A leakage above a half is told. Raises SurjaxError where θ hardly ever lies inside.
        """
        theta, leakage = self._draw(key, count(n, "n", 1), self._x(x)[None])
        if leakage[0] > MUCH:
            warnings.warn(
                f"{leakage[0]:.0%} of the draws lay outside of the prior's support and were drawn again: "
                "train on more simulations, or give npe a support.",
                stacklevel=2,
            )
        return theta[0]

    def sample_each(self, key: PRNGKey, n: int, xs: Any) -> Array:
        """n draws of θ for each row of xs, as `sample` gives them: shape (rows, n, D)."""
        return self._draw(key, count(n, "n", 1), self._xs(xs))[0]

    def leakage(self, key: PRNGKey, x: Any = None, n: int = 10_000) -> float:
        """The share of q(θ | x) outside of the prior's support, of n draws."""
        members = self._embedded(self._x(x)[None])
        n = -(-count(n, "n", 1) // len(members)) * len(members)
        return float(1 - inside(self.prior, jnp.asarray(_drawn(members, key, np.zeros(n, int)))).mean())

    def log_prob(self, theta: Any, x: Any = None, key: PRNGKey | None = None, n: int = 10_000) -> Array:
        """log p(θ | x) in nats, for theta of shape (…, D); with a key, divided by what n draws find inside
        the prior's support, else as the flow has it."""
        x, theta = self._x(x), jnp.asarray(theta)
        log_prob = self.log_prob_each(theta[None], x[None])[0]
        if key is not None:
            log_prob = log_prob - jnp.log1p(-self.leakage(key, x, n))
        return jnp.where(inside(self.prior, theta), log_prob, -jnp.inf)

    def log_prob_each(self, theta: Any, xs: Any) -> Array:
        """log q(θ | x) in nats as the flow has it, for theta of shape (rows, …, D), a row for each of xs."""
        theta = jnp.asarray(theta)
        beside = (1,) * (theta.ndim - 2)
        each = []
        for flow, features in self._embedded(self._xs(xs)):
            contexts = features.reshape(len(features), *beside, *features.shape[1:])
            contexts = jnp.broadcast_to(contexts, (*theta.shape[:-1], *features.shape[1:]))
            each.append(flow.log_prob(theta, context=contexts))
        return jax.nn.logsumexp(jnp.stack(each), axis=0) - math.log(len(each))

    def _embedded(self, xs: Array) -> list[tuple[Flow, Array]]:
        """(its flow of features, those of each x) of every member: an embedding runs once for an x."""
        return [
            (Flow(member.base, member.transform), _features(member, xs)) for member in members_of(self.flow)
        ]

    def _draw(self, key: PRNGKey, n: int, xs: Array) -> tuple[Array, np.ndarray]:
        """(n draws for each x, the share of the first draws that lay outside for each)."""
        members = self._embedded(xs)
        total, at_once = n * len(xs), AT_ONCE // len(members) * len(members)
        theta = np.zeros((total, *self.flow.shape), self.simulations.theta.dtype)
        outside, at_first = np.ones(total, bool), np.ones(total, bool)
        tries = np.zeros(total, int)
        while (left := np.flatnonzero(outside)).size:
            if tries[left].min() >= MOST_DRAWS:
                raise SurjaxError(
                    f"{left.size:,} of {total:,} draws lie outside of the prior's support however often "
                    f"they are drawn ({at_first.reshape(len(xs), n).mean(1).max():.2%} of the draws of an x "
                    "do): it may be unlike every simulation; train on more of them, or give npe a support."
                )
            # those not drawn yet come first; where they are few they are drawn several times over
            chosen = np.resize(left[np.argsort(tries[left], kind="stable")], at_once)
            key, draw_key = jax.random.split(key)
            new = _drawn(members, draw_key, chosen // n)
            good = np.asarray(inside(self.prior, jnp.asarray(new)))
            fresh = tries[chosen] == 0
            at_first[chosen[fresh]] = ~good[fresh]
            np.add.at(tries, chosen, 1)
            theta[chosen[good]] = new[good]
            outside[chosen[good]] = False
        return jnp.asarray(theta.reshape(len(xs), n, -1)), at_first.reshape(len(xs), n).mean(1)

    def _x(self, x: Any) -> Array:
        if x is None and self.observation is None:
            raise SurjaxError("no x was given and the posterior has no observation: give one.")
        x = self.observation if x is None else jnp.asarray(x, float)
        assert x is not None
        return self._xs(x[None])[0]

    def _xs(self, xs: Any) -> Array:
        xs, shape = jnp.asarray(xs, float), self.simulations.x.shape[1:]
        if xs.ndim == 0 or xs.shape[1:] != shape:
            raise ShapeError(
                f"an observation of shape {xs.shape[1:]} was given and the simulator gives {shape}: give one "
                "of the simulator's shape.",
                wanted=str(shape),
                given=xs.shape[1:],
            )
        return xs


@eqx.filter_jit
def _features(flow: Flow, xs: Array) -> Array:
    return jax.vmap(flow.features)(xs)


def _drawn(members: list[tuple[Flow, Array]], key: PRNGKey, xs: np.ndarray) -> np.ndarray:
    """A θ for each of `xs`, numbers of observations, by members chosen at random, which draw equally many."""
    shuffle_key, key = jax.random.split(key)
    parts = np.split(np.asarray(jax.random.permutation(shuffle_key, len(xs))), len(members))
    theta = np.zeros((len(xs), *members[0][0].shape), float)
    for (flow, features), part, own_key in zip(
        members, parts, jax.random.split(key, len(members)), strict=True
    ):
        theta[part] = flow.sample(own_key, len(part), context=np.asarray(features)[xs[part]])
    return theta
