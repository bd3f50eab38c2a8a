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

    def __init__(self, size: int, num_components: int = 8, restarts: int = 4, trainable: bool = False):
        if num_components < 1 or restarts < 1:
            raise ConfigError(
                f"a mixture of {num_components} components from {restarts} starts was asked for: "
                "it needs at least one of each."
            )
        k = num_components * restarts
        self.shape, self.num_components, self.restarts = (size,), num_components, restarts
        self.trainable = trainable
        self.logits, self.loc = hold(jnp.zeros(k), trainable), hold(jnp.zeros((k, size)), trainable)
        self.lower = hold(jnp.zeros((k, size, size)), trainable)
        self.log_diagonal = hold(jnp.zeros((k, size)), trainable)
        self.log_degrees = hold(jnp.full(k, math.log(30.0)), trainable)

    def _factor(self) -> Array:
        """F of each component."""
        diagonal = jnp.exp(value(self.log_diagonal))
        return jnp.tril(value(self.lower), -1) + diagonal[:, :, None] * jnp.eye(self.shape[0])

    def log_prob(self, x: Array, key: Key = None, context: Context = None) -> Scalar:
        """log p(x), in nats."""
        half_dim, half_degrees = 0.5 * self.shape[0], 0.5 * jnp.exp(value(self.log_degrees))
        y = jnp.einsum("kij,kj->ki", self._factor(), x - value(self.loc), precision=jax.lax.Precision.HIGHEST)
        each = (
            _log_gamma_ratio(half_degrees, half_dim)
            - half_dim * math.log(2 * math.pi)
            + value(self.log_diagonal).sum(1)
            - (half_degrees + half_dim) * jnp.log1p((y**2).sum(1) / (2 * half_degrees))
        )
        return jax.nn.logsumexp(jax.nn.log_softmax(value(self.logits)) + each)

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Array:
        """Draw a component k, and x = μ + temperature·F⁻¹ u/√(w/ν), u ~ N(0, I) and w ~ χ²(ν)."""
        which, normal, chi_square = jax.random.split(key, 3)
        k = jax.random.categorical(which, value(self.logits))
        half_degrees = 0.5 * jnp.exp(value(self.log_degrees)[k])
        spread = jax.random.gamma(chi_square, half_degrees) / half_degrees
        loc = value(self.loc)[k]
        u = jax.random.normal(normal, self.shape, loc.dtype) / jnp.sqrt(spread)
        return loc + temperature * solve_triangular(self._factor()[k], u, lower=True)

    def initialize(self, x: Array, key: Key = None, context: Context = None) -> "StudentMixture":
        """The predictive density given the rows of x, of shape (n, size)."""
        if key is None:
            raise SurjaxError("StudentMixture starts its search at random: pass key=jax.random.key(seed).")
        dim = self.shape[0]
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
        degrees = q.degrees + 1 - self.shape[0]
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
