"""Whitening of the missing entries of a vector, given those that are present."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular

from surjax.errors import SurjaxError
from surjax.parameters import Fixed
from surjax.transforms.base import Bijection, forward_batch
from surjax.typing import Array, Context, Key, Numbers, Scalar, Shape

ITERATIONS = 40
"""Updates of the EM algorithm: with 30 % of the cells missing the last ones change next to nothing."""
ROWS = 1024
"""Of how many rows the covariance is found, at most."""
_NUMBERS = 2**27
"""And of how many numbers in the covariances of these rows."""
PRIORS = (0.05, 0.2, 0.8, 3.2, 12.8)
"""How many rows a column the prior of the covariance, no correlation, may be worth."""
FOLDS = 3
"""Into how many parts the rows are cut to find out which of them is best."""


class WhitenMissing(Bijection):
    """z_m = Cᵀ(x_m − E[x_m | x_o]) for the missing entries m of x, and z_o = x_o for the present ones o.

        V = Σ_m log C_ii,   CCᵀ = P_mm,   E[x_m | x_o] = μ_m − P_mm⁻¹ P_mo (x_o − μ_o)

    P is the inverse of the covariance of a normal distribution of mean μ, so that z_m ~ N(0, I) for x_m drawn
    from its conditional given x_o: which for a normal has a closed form, whatever is missing (Little and
    Rubin 2002). The context says what is missing, (size,) truth values. `initialize` finds μ and P from a
    batch with gaps, given their masks as the contexts, by the EM algorithm (Dempster et al. 1977); they are
    not trained. Where rows are few for the columns, correlations are shrunk, by as much as cross-validation
    finds. Before it is initialised it is the identity.

    >>> import jax, surjax as sx
    >>> missing = jax.numpy.array([False, True])
    >>> sx.WhitenMissing(2).forward(jax.numpy.array([1.0, 2.0]), context=missing)
    (Array([1., 2.], dtype=float32), Array(0., dtype=float32))
    """

    V: ClassVar[str] = "Σ_m log Cᵢᵢ"

    loc: Fixed
    precision: Fixed

    def __init__(self, size: int):
        self.loc, self.precision = Fixed(jnp.zeros(size)), Fixed(jnp.eye(size))

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: (size,)."""
        return self.loc.array.shape[-1:]

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → (z, Σ_m log C_ii), given which entries are missing."""
        missing = self._missing(context)
        factor, shifted, loc = self._given(x, missing)
        moved = _product(factor.T, jnp.where(missing, x - loc, 0.0)) + shifted
        return jnp.where(missing, moved, x), _log_det(factor)

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (x, Σ_m log C_ii), given which entries are missing."""
        missing = self._missing(context)
        factor, shifted, loc = self._given(z, missing)
        moved = solve_triangular(factor, jnp.where(missing, z - shifted, 0.0), lower=True, trans=1)
        return jnp.where(missing, moved + loc, z), _log_det(factor)

    def _missing(self, context: Context) -> Array:
        if context is None:
            raise SurjaxError(
                "WhitenMissing was not told which entries are missing: pass context=, truth values (size,)."
            )
        return jnp.asarray(context, bool)

    def _given(self, x: Array, missing: Array) -> tuple[Array, Array, Array]:
        """(C, with 1 on the diagonal where nothing is missing; C⁻¹P_mo(x_o − μ_o); μ)."""
        precision, loc = self.precision.value.astype(x.dtype), self.loc.value.astype(x.dtype)
        factor = jnp.linalg.cholesky(masked(precision, missing))
        pull = _product(precision, jnp.where(missing, 0.0, x - loc))
        return factor, solve_triangular(factor, jnp.where(missing, pull, 0.0), lower=True), loc

    def initialize(
        self, xs: Array, key: Key = None, contexts: Context = None
    ) -> tuple["WhitenMissing", Array]:
        """Find μ and P from the batch, whose entries that the contexts call missing are not looked at."""
        missing = jax.vmap(self._missing)(contexts)
        rows = min(ROWS, max(_NUMBERS // xs.shape[1] ** 2, 2 * FOLDS))
        found = normal_with_gaps(xs[:rows], missing[:rows])
        some = (~missing).any()  # of a batch of which nothing is present there is nothing to learn
        was = self.loc.array, self.precision.array
        loc, precision = (
            jnp.where(some, new, old).astype(old.dtype) for new, old in zip(found, was, strict=True)
        )
        new = eqx.tree_at(lambda w: (w.loc, w.precision), self, (Fixed(loc), Fixed(precision)))
        return new, forward_batch(new, xs, key, contexts)


def masked(matrix: Array, missing: Array) -> Array:
    """The rows and columns of the missing entries, and the identity in the place of the others."""
    both = missing[:, None] & missing[None, :]
    return jnp.where(both, matrix, jnp.eye(len(matrix), dtype=matrix.dtype))


def normal_with_gaps(xs: Array, missing: Array) -> tuple[Array, Array]:
    """(mean, inverse covariance) of a normal distribution that is likely to have given the present entries of
    the rows xs (n, size), by the EM algorithm (Dempster et al. 1977).

    Columns are put to mean 0 and variance 1 by their present entries first. In these units the prior of the
    covariance is the identity. It is worth the most rows under which rows that are left out are as likely as
    under the best number of them, but for a standard error (cross-validation): with few rows for the columns
    that is much, and correlations are shrunk.
    """
    n, size = xs.shape
    present, count = ~missing, jnp.maximum((~missing).sum(0), 1)
    centre = jnp.where(present, xs, 0.0).sum(0) / count
    scale = jnp.sqrt(jnp.where(present, (xs - centre) ** 2, 0.0).sum(0) / count)
    scale = jnp.where(scale > 0, scale, 1.0)
    ys = jnp.where(present, (xs - centre) / scale, 0.0)
    everything = jnp.ones(n, xs.dtype)
    worth = jnp.asarray([share * size for share in PRIORS], xs.dtype)
    fold = jnp.arange(n) % FOLDS

    def held_out(setting: tuple[Array, Array]) -> Array:
        prior, which = setting
        apart = (fold == which).astype(xs.dtype)
        loc, covariance = _em(ys, missing, everything - apart, prior, ITERATIONS // 3)
        return apart * jax.vmap(lambda y, m: _log_prob(y, m, loc, covariance))(ys, missing)

    if n < 2 * FOLDS:
        best = worth[-1]
    else:
        settings = jnp.repeat(worth, FOLDS), jnp.tile(jnp.arange(FOLDS), len(worth))
        likelihoods = jax.lax.map(held_out, settings).reshape(len(worth), FOLDS, n).sum(1)
        lost = likelihoods[jnp.nanargmax(likelihoods.sum(1))] - likelihoods
        as_good = lost.sum(1) <= lost.std(1) * n**0.5
        best = jnp.where(as_good, worth, 0.0).max()
    loc, covariance = _em(ys, missing, everything, best, ITERATIONS)
    return centre + scale * loc, _inverse(covariance) / (scale[:, None] * scale)


def _em(ys: Array, missing: Array, weight: Array, prior: Array, iterations: int) -> tuple[Array, Array]:
    """(mean, covariance) after so many updates; rows count by their weights, and the prior as so many."""
    size, identity = ys.shape[1], jnp.eye(ys.shape[1], dtype=ys.dtype)

    def update(_: Any, now: tuple[Array, Array]) -> tuple[Array, Array]:
        loc, covariance = now
        precision = _inverse(covariance)
        filled, spread = jax.vmap(lambda y, m: _expected(y, m, loc, precision))(ys, missing)
        loc = weight @ filled / weight.sum()
        centred = jnp.sqrt(weight)[:, None] * (filled - loc)
        scatter = _product(centred.T, centred) + jnp.einsum("n,nij->ij", weight, spread)
        return loc, (scatter + prior * identity) / (weight.sum() + prior)

    return jax.lax.fori_loop(0, iterations, update, (jnp.zeros(size, ys.dtype), identity))


def _expected(y: Array, missing: Array, loc: Array, precision: Array) -> tuple[Array, Array]:
    """What a row is expected to be, and the covariance of its missing entries."""
    factor = jnp.linalg.cholesky(masked(precision, missing))
    root = solve_triangular(factor, jnp.diag(missing.astype(y.dtype)), lower=True)
    covariance = _product(root.T, root)
    pull = jnp.where(missing, _product(precision, jnp.where(missing, 0.0, y - loc)), 0.0)
    return jnp.where(missing, loc - _product(covariance, pull), y), covariance


def _log_prob(y: Array, missing: Array, loc: Array, covariance: Array) -> Scalar:
    """The log-density of the present entries of a row, but for a constant."""
    factor = jnp.linalg.cholesky(masked(covariance, ~missing))
    u = solve_triangular(factor, jnp.where(missing, 0.0, y - loc), lower=True)
    return -0.5 * (u**2).sum() - _log_det(factor)


def _inverse(covariance: Array) -> Array:
    """Of a symmetric, positive matrix; symmetric again."""
    factor = jnp.linalg.cholesky(covariance)
    root = solve_triangular(factor, jnp.eye(len(factor), dtype=factor.dtype), lower=True)
    return _product(root.T, root)


def _product(a: Array, b: Array) -> Array:
    return jnp.matmul(a, b, precision=jax.lax.Precision.HIGHEST)


def _log_det(factor: Array) -> Scalar:
    return jnp.log(jnp.diagonal(factor)).sum()
