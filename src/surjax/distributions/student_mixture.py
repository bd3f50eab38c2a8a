"""A mixture of multivariate Student distributions."""

import math
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jax.scipy.special import gammaln

from surjax.distributions.base import Distribution
from surjax.distributions.variational_bayes import Posterior, posterior
from surjax.errors import ConfigError, SurjaxError
from surjax.nn.base import flatten_to, missing_context
from surjax.parameters import Fixed, hold, value
from surjax.typing import Array, Context, Key, PRNGKey, Scalar, Shape

ROWS_A_COLUMN = 1
"""How many rows a component needs for each column before `initialize` looks for it."""
MANY_COLUMNS = 256
"""With more columns than this over `restarts`, fewer starts are made: the time of one grows as columns³."""
UNUSED = -1e4
"""The logit of a component that is not looked for: it has no weight."""


class StudentMixture(Distribution):
    """p(x) = Σₖ πₖ St(x; μₖ, scale FₖᵀFₖ, νₖ): a vector with a mixture of correlated, heavy-tailed modes.

        log St(x) = log Γ((ν + D)/2) − log Γ(ν/2) − D/2 log νπ + log |F| − (ν + D)/2 log(1 + |F(x − μ)|²/ν)

    F is lower triangular, the factor of the inverse scale matrix. It is what a mixture of normals predicts
    once its parameters are averaged over, not chosen: `initialize` finds the posterior of a mixture of
    num_components normals by variational Bayes and takes its predictive density (Bishop 2006, equation
    10.81). The posterior depends on where the search starts, so that is done `restarts` times, and the mean
    of the densities taken: a mixture of restarts·num_components components. Few rows give few or broad
    components, no more are looked for than have as many rows as columns each, and where one component has the
    greater evidence it is that one: no number of components has to be chosen. With trainable=True all
    parameters are trained from there. Before it is initialised all components are alike, and training would
    keep them so.

    With context_size = k it is the mixture of [context, x], a context of k numbers before x, and p(x |
    context) is that of the whole over that of the context. Since F is triangular, its first k rows are those
    of the context's own Student, and the others give that of x: a mixture of Students again,

        π'ₖ ∝ πₖ St(context),  ν' = ν + k,  F' = √(ν'/(ν + d)) F_x,  μ' = μ_x − F_x⁻¹ F_c (context − μ_c)

    with d = |F(context − μ_c)|² of the first k rows, and F_c, F_x the columns of the others. So a conditional
    model starts at what the joint one implies.

    Raises ConfigError for fewer than one component or start.

    >>> import jax, surjax as sx
    >>> x = jax.random.normal(jax.random.key(0), (300, 2)) + jax.random.choice(
    ...     jax.random.key(1), jax.numpy.array([-4.0, 4.0]), (300, 1)
    ... )
    >>> mixture = sx.StudentMixture(2).initialize(x, jax.random.key(2))
    >>> middle, mode = mixture.log_prob(jax.numpy.zeros(2)), mixture.log_prob(jax.numpy.full(2, 4.0))
    >>> bool(mode > middle + 5)
    True
    """

    draws_choices: ClassVar[bool] = True

    logits: Array | Fixed
    loc: Array | Fixed
    lower: Array | Fixed
    log_diagonal: Array | Fixed
    log_degrees: Array | Fixed
    shape: Shape = eqx.field(static=True)
    num_components: int = eqx.field(static=True)
    restarts: int = eqx.field(static=True)
    trainable: bool = eqx.field(static=True)
    context_size: int = eqx.field(static=True, default=0)

    def __init__(
        self,
        size: int,
        num_components: int = 8,
        restarts: int = 4,
        trainable: bool = False,
        context_size: int = 0,
    ):
        if num_components < 1 or restarts < 1:
            raise ConfigError(
                f"a mixture of {num_components} components from {restarts} starts was asked for: "
                "it needs at least one of each."
            )
        k = num_components * restarts
        self.shape, self.num_components, self.restarts = (size,), num_components, restarts
        self.trainable, self.context_size = trainable, context_size
        size += context_size
        self.logits, self.loc = hold(jnp.zeros(k), trainable), hold(jnp.zeros((k, size)), trainable)
        self.lower = hold(jnp.zeros((k, size, size)), trainable)
        self.log_diagonal = hold(jnp.zeros((k, size)), trainable)
        self.log_degrees = hold(jnp.full(k, math.log(30.0)), trainable)

    def _factor(self) -> Array:
        """F of each component."""
        diagonal = jnp.exp(value(self.log_diagonal))
        return jnp.tril(value(self.lower), -1) + diagonal[:, :, None] * jnp.eye(len(diagonal[0]))

    def log_prob(self, x: Array, key: Key = None, context: Context = None) -> Scalar:
        """log p(x | context), in nats."""
        if not self.context_size:
            return jax.nn.logsumexp(self._log_joint(x))
        given = self._given(context)
        of_context = jax.nn.logsumexp(self._log_joint(given))
        return jax.nn.logsumexp(self._log_joint(jnp.concatenate([given, x]))) - of_context

    def _log_joint(self, x: Array) -> Array:
        """log πₖ + log St(x) of each component and the first entries of the whole, as many as x has."""
        dim = len(x)
        half_dim, half_degrees = 0.5 * dim, 0.5 * jnp.exp(value(self.log_degrees))
        factor, loc = self._factor()[:, :dim, :dim], value(self.loc)[:, :dim]
        y = jnp.einsum("kij,kj->ki", factor, x - loc, precision=jax.lax.Precision.HIGHEST)
        each = (
            _log_gamma_ratio(half_degrees, half_dim)
            - half_dim * math.log(2 * math.pi)
            + value(self.log_diagonal)[:, :dim].sum(1)
            - (half_degrees + half_dim) * jnp.log1p((y**2).sum(1) / (2 * half_degrees))
        )
        return jax.nn.log_softmax(value(self.logits)) + each

    def _given(self, context: Context) -> Array:
        """The context as a vector."""
        if context is None:
            raise missing_context("StudentMixture")
        return flatten_to(self.context_size, (), context, "StudentMixture")

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Array:
        """Draw a component k, and x = μ + temperature·F⁻¹ u/√(w/ν), u ~ N(0, I) and w ~ χ²(ν): those that
        are given the context, where there is one."""
        which, normal, chi_square = jax.random.split(key, 3)
        size = self.context_size
        given = self._given(context) if size else jnp.zeros(0)
        k = jax.random.categorical(which, self._log_joint(given) if size else value(self.logits))
        factor, loc = self._factor()[k], value(self.loc)[k]
        degrees, off = jnp.exp(value(self.log_degrees)[k]), factor[:, :size] @ (given - loc[:size])
        half_degrees = 0.5 * (degrees + size)
        spread = jax.random.gamma(chi_square, half_degrees) / half_degrees
        widening = (degrees + (off[:size] ** 2).sum()) / (degrees + size)
        u = jax.random.normal(normal, self.shape, loc.dtype) * jnp.sqrt(widening / spread)
        moved = solve_triangular(factor[size:, size:], temperature * u - off[size:], lower=True)
        return loc[size:] + moved

    def initialize(self, x: Array, key: Key = None, context: Context = None) -> "StudentMixture":
        """The predictive density given the rows of x, of shape (n, size)."""
        if key is None:
            raise SurjaxError("StudentMixture starts its search at random: pass key=jax.random.key(seed).")
        if self.context_size:
            given = jax.vmap(self._given)(context)
            x = jnp.concatenate([given.astype(x.dtype), x], 1)
        dim = x.shape[1]
        most = min(self.num_components, max(len(x) // (ROWS_A_COLUMN * dim), 1))
        restarts = min(self.restarts, max(MANY_COLUMNS // dim, 1))
        starts = {1: 1} | ({most: restarts} if most > 1 else {})  # one component has nothing to search
        found = [
            jax.lax.map(lambda key, k=k: posterior(key, x, k), jax.random.split(key, n))
            for k, n in starts.items()
        ]
        best = jnp.argmax(jnp.stack([candidate.evidence.mean() for candidate in found]))
        candidates = jax.tree.map(
            lambda *leaves: jnp.stack(leaves), *(self._predictive(candidate.posterior) for candidate in found)
        )
        values = jax.tree.map(lambda leaf: leaf[best], candidates)
        return eqx.tree_at(
            lambda d: (d.logits, d.loc, d.lower, d.log_diagonal, d.log_degrees),
            self,
            tuple(hold(array.astype(value(self.loc).dtype), self.trainable) for array in values),
        )

    def _predictive(self, q: Posterior) -> tuple[Array, ...]:
        """Logits, means, factors and degrees of the predictive density, the mean of those of several starts,
        filled up with components that are not used."""
        q = jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), q)
        degrees = q.degrees + 1 - q.mean.shape[-1]
        factor = jnp.sqrt(degrees * q.mean_precision / (1 + q.mean_precision))[:, None, None] * q.factor
        unused = self.num_components * self.restarts - len(degrees)
        filled = jax.tree.map(
            lambda leaf: jnp.concatenate([leaf, jnp.broadcast_to(leaf[:1], (unused, *leaf.shape[1:]))]),
            (q.mean, jnp.tril(factor, -1), jnp.log(jnp.diagonal(factor, axis1=1, axis2=2)), jnp.log(degrees)),
        )
        return jnp.concatenate([jnp.log(q.counts), jnp.full(unused, UNUSED)]), *filled


def _log_gamma_ratio(a: Array, b: float) -> Array:
    """log Γ(a + b) − log Γ(a) − b log a; by Stirling's series where the difference would cancel."""
    safe = jnp.maximum(a, 10.0)
    series = (safe + b - 0.5) * jnp.log1p(b / safe) - b + _stirling(safe + b) - _stirling(safe)
    near = jnp.minimum(a, 10.0)
    return jnp.where(a > 10.0, series, gammaln(near + b) - gammaln(near) - b * jnp.log(near))


def _stirling(a: Array) -> Array:
    return 1 / (12 * a) - 1 / (360 * a**3)
