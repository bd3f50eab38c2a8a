"""Whitening: a linear map that makes the data uncorrelated."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.nn.base import flatten_to
from surjax.parameters import Fixed
from surjax.transforms.base import Bijection, forward_batch
from surjax.typing import Array, Context, Key, Numbers, Scalar, Shape

RIDGE = 1e-6
"""The least weight of the columns' own variances in the covariance that initialisation finds."""
WEIGHTS = 49
"""How many weights from RIDGE to 1 are tried, in equal ratios."""


class Whiten(Bijection):
    """z = R⁻ᵀ(x − m) with RᵀR the covariance of the data; V = −Σ log R_ii. Not trained.

    `initialize` takes m and R from a batch, so that its columns come out with mean 0, variance 1 and no
    correlation (Cholesky whitening: Kessy et al. 2018, section 3). R is found by a QR decomposition of the
    data, never from their covariance, whose condition number is the square of theirs: columns that follow
    almost exactly from each other keep their precision in float32. Where rows are few for the columns, their
    covariance S is shrunk towards its diagonal,

        RᵀR = (1 − w) S + w diag S,   w ≥ 10⁻⁶,

    with the w under which each row is likeliest to a normal of the other rows (leave-one-out, which has a
    closed form: Theiler 2012): w = 1 takes the columns to be independent. With many rows w is next to
    nothing, and a constant or repeated column does no harm. Before it is initialised it is the identity.

    With context_size = k, R is that of [context, x], a context of k numbers before x, and z the part of x:
    a linear regression on the context is taken off, so that what is left is uncorrelated with it too. With
    clip=True what it predicts stays within the lowest and the highest x of the batch, whatever the context.

    >>> import jax, surjax as sx
    >>> x = jax.random.normal(jax.random.key(0), (200, 2)) @ jax.numpy.array([[3.0, 1.0], [0.0, 0.1]])
    >>> z = sx.Whiten(2).initialize(x)[1]
    >>> bool(jax.numpy.allclose(jax.numpy.cov(z.T, ddof=0), jax.numpy.eye(2), atol=0.05))
    True
    """

    V: ClassVar[str] = "−Σ log Rᵢᵢ"

    loc: Fixed
    factor: Fixed
    context_size: int = eqx.field(static=True, default=0)
    range: tuple[Fixed, Fixed] | None = None

    def __init__(self, size: int, context_size: int = 0, clip: bool = False):
        whole = size + context_size
        self.loc, self.factor = Fixed(jnp.zeros(whole)), Fixed(jnp.eye(whole))
        self.context_size = context_size
        self.range = (Fixed(jnp.full(size, -jnp.inf)), Fixed(jnp.full(size, jnp.inf))) if clip else None

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: (size,)."""
        return (self.loc.array.shape[-1] - self.context_size,)

    def _log_det(self, dtype) -> Scalar:
        return -jnp.log(jnp.diagonal(self.factor.value)[self.context_size :]).sum().astype(dtype)

    def _given(self, x: Array, context: Context) -> tuple[Array, Array, Array]:
        """(m, R) of what is left of x, and R⁻ᵀ(context − m) of the context, times its part of R."""
        k, loc, factor = self.context_size, self.loc.value.astype(x.dtype), self.factor.value.astype(x.dtype)
        if not k:
            return loc, factor, jnp.zeros((), x.dtype)
        context = flatten_to(k, (), context, "Whiten").astype(x.dtype)
        white = jax.scipy.linalg.solve_triangular(factor[:k, :k], context - loc[:k], trans=1)
        predicted = jnp.matmul(factor[:k, k:].T, white, precision=jax.lax.Precision.HIGHEST)
        if self.range is not None:
            low, high = (end.value.astype(x.dtype) - loc[k:] for end in self.range)
            predicted = jnp.clip(predicted, low, high)
        return loc[k:], factor[k:, k:], predicted

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → (R⁻ᵀ(x − m), −Σ log R_ii)."""
        loc, factor, predicted = self._given(x, context)
        z = jax.scipy.linalg.solve_triangular(factor, x - loc - predicted, trans=1)
        return z, self._log_det(x.dtype)

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (Rᵀz + m, −Σ log R_ii)."""
        loc, factor, predicted = self._given(z, context)
        x = jnp.matmul(factor.T, z, precision=jax.lax.Precision.HIGHEST) + loc + predicted
        return x, self._log_det(z.dtype)

    def initialize(self, xs: Array, key: Key = None, contexts: Context = None) -> tuple["Whiten", Array]:
        """m is the mean of the batch and R the triangular factor of its centred rows."""
        rows, n = xs, len(xs)
        if self.context_size:
            given = jax.vmap(lambda context: flatten_to(self.context_size, (), context, "Whiten"))(contexts)
            xs = jnp.concatenate([given.astype(xs.dtype), xs], 1)
        loc = xs.mean(0)
        scale = xs.std(0)
        scale = jnp.where(scale > 0, scale, jnp.maximum(jnp.abs(loc), 1.0))
        weight = _weight((xs - loc) / scale)
        apart = [(xs - loc) * jnp.sqrt((1 - weight) / n), jnp.diag(jnp.sqrt(weight) * scale)]
        factor = jnp.linalg.qr(jnp.concatenate(apart), mode="r")
        factor = factor * jnp.sign(jnp.diagonal(factor))[:, None]
        new = eqx.tree_at(lambda w: (w.loc, w.factor), self, (Fixed(loc), Fixed(factor)))
        if self.range is not None:
            new = eqx.tree_at(lambda w: w.range, new, (Fixed(rows.min(0)), Fixed(rows.max(0))))
        return new, forward_batch(new, rows, None, contexts)


def _weight(rows: Array) -> Array:
    """The w of the docstring above, for centred columns of variance 1.

    A row x is left out of G = (1 − w) S' + w I, S' the covariance of the others: with
    A = (1 − w) n/(n−1) S + w I and b = (1 − w) n/(n−1)² it is G = A − b x xᵀ, so that with r = xᵀA⁻¹x
    log |G| = log |A| + log(1 − b r) and xᵀG⁻¹x = r/(1 − b r). Centred without itself the row is n/(n−1) x.
    """
    n, dim = rows.shape
    if n < 3:
        return jnp.ones((), rows.dtype)
    weights = jnp.geomspace(RIDGE, 1.0, WEIGHTS, dtype=rows.dtype)
    triangle = jnp.linalg.qr(rows, mode="r")
    square = jnp.concatenate([triangle, jnp.zeros((max(dim - n, 0), dim), rows.dtype)])
    _, singular, axes = jnp.linalg.svd(square)
    along = jnp.matmul(rows, axes.T, precision=jax.lax.Precision.HIGHEST) ** 2
    much = n / (n - 1)
    values = (1 - weights) * much / n * (singular**2)[:, None] + weights  # (dim, WEIGHTS)
    r = jnp.matmul(along, 1 / values, precision=jax.lax.Precision.HIGHEST)
    rest = jnp.maximum(1 - (1 - weights) * much / (n - 1) * r, 1e-6)
    loss = jnp.log(values).sum(0) + (jnp.log(rest) + much**2 * r / rest).mean(0)
    return weights[jnp.nanargmin(loss)]
