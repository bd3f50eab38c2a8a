"""Johnson's S_U map: skewed and heavy-tailed numbers made normal."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.parameters import Fixed
from surjax.transforms.base import Bijection
from surjax.typing import Array, Context, Key, Numbers, Scalar, Shape

NEAR_LINEAR = 2.3
"""log s before initialisation: asinh(x/10)·10 is x within a thousandth for |x| < ¾."""
LOG_SCALES = (-2.3, 3.4)
"""Where log s is searched, in units of the spread: from a tenth to thirty."""
LARGEST = 1e36
"""Farther out in units of the spread than this every number is taken to be there: more would overflow."""
SUMMARY = 512
"""Of how many order statistics the likelihood is that a grid is searched for, at most."""
FARTHEST = 30.0
"""Where c is searched: so many spreads from the median, and 3 from the nearest row, at most."""
FAR_SHARE = 1e-4
"""The share of rows that may be from anywhere, with nothing to do with the others."""


class JohnsonSU(Bijection):
    """z_i = b + eᵃ asinh((y_i − c)/s) with y = (x − loc)/scale, each number with its own a, b, c, s.

        V = Σ a − log s − ½ log(1 + ((y − c)/s)²) − log scale              (Johnson 1949, system S_U)

    With s large it is affine; with s small a symmetric logarithm, and with c below the data the shifted
    logarithm of skewed, positive numbers. Four parameters a number: so smooth that it cannot follow chance,
    and cannot blur columns that follow almost exactly from each other.

    `initialize` takes loc and scale, which are not trained, from the batch, and the maximum-likelihood
    a, b, c, s, all of them trained from there. Before that it is nearly the identity.

    >>> import jax, surjax as sx
    >>> x = jax.numpy.exp(jax.random.normal(jax.random.key(0), (1000, 1)))
    >>> z = sx.JohnsonSU((1,)).initialize(x)[1]
    >>> bool(abs((z**3).mean()) < 0.2), bool((x**3).mean() > 10)  # the skew is gone
    (True, True)
    """

    V: ClassVar[str] = "Σ a − log s − ½ log(1 + ((y − c)/s)²) − log scale"

    loc: Fixed
    log_scale: Fixed
    centre: Array
    log_width: Array
    shift: Array
    log_gain: Array
    shape: Shape = eqx.field(static=True)

    def __init__(self, shape: Shape):
        self.shape = tuple(shape)
        self.loc, self.log_scale = Fixed(jnp.zeros(shape)), Fixed(jnp.zeros(shape))
        self.centre, self.shift = jnp.zeros(shape), jnp.zeros(shape)
        self.log_width, self.log_gain = jnp.full(shape, NEAR_LINEAR), jnp.full(shape, NEAR_LINEAR)

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: `shape`."""
        return self.shape

    def forward_and_log_det(self, x: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """x → (z, V)."""
        z, log_slopes = self.forward_elements(x)
        return z, log_slopes.sum()

    def inverse_and_log_det(self, z: Numbers, context: Context = None) -> tuple[Numbers, Scalar]:
        """z → (x, V)."""
        x, log_slopes = self.inverse_elements(z)
        return x, log_slopes.sum()

    def forward_elements(self, x: Numbers) -> tuple[Numbers, Numbers]:
        """x → (z, log ∂zᵢ/∂xᵢ of each element)."""
        y = (x - self.loc.value) * jnp.exp(-self.log_scale.value)
        y = jnp.clip(y, -LARGEST, LARGEST)
        u = (y - self.centre) * jnp.exp(-self.log_width)
        z = self.shift + jnp.exp(self.log_gain) * jnp.arcsinh(u)
        return z, self._log_slopes(u)

    def inverse_elements(self, z: Numbers) -> tuple[Numbers, Numbers]:
        """z → (x, log ∂zᵢ/∂xᵢ of each element)."""
        u = jnp.sinh((z - self.shift) * jnp.exp(-self.log_gain))
        x = (self.centre + jnp.exp(self.log_width) * u) * jnp.exp(self.log_scale.value) + self.loc.value
        return x, self._log_slopes(u)

    def _log_slopes(self, u: Array) -> Array:
        # log √(1 + u²), where u² would overflow
        log_root = jnp.log(jnp.hypot(1.0, u))
        return self.log_gain - self.log_width - log_root - self.log_scale.value

    def initialize(self, xs: Any, key: Key = None, contexts: Context = None) -> tuple["JohnsonSU", Array]:
        """The maximum-likelihood parameters of each element of the batch."""
        n = len(xs)
        columns = xs.reshape(n, -1).T
        fitted = jax.lax.map(_fit, columns)
        parts = [part.reshape(self.shape).astype(self.centre.dtype) for part in fitted]
        loc, log_scale, *rest = parts
        new = eqx.tree_at(
            lambda j: (j.loc, j.log_scale, j.centre, j.log_width, j.shift, j.log_gain),
            self,
            (Fixed(loc), Fixed(log_scale), *rest),
        )
        return new, jax.vmap(lambda x: new.forward_and_log_det(x)[0])(xs)


def _fit(column: Array) -> tuple[Array, ...]:
    """(loc, log scale, c, log s, b, a) of one column.

    loc is the median and scale the distance between the quartiles over a standard normal's. For given c and
    log s, a and b make mean 0 and variance 1. The two are searched on a grid, again and again on a smaller
    one around the best, for the likelihood of a distribution that is S_U but for a share of FAR_SHARE, which
    is spread over all orders of magnitude: rows far out count by how many they are, not by how far they lie.
    """
    loc, scale = _median_and_spread(column)
    y = (column - loc) / scale
    low = jnp.stack([jnp.maximum(y.min() - 3.0, -FARTHEST), jnp.asarray(LOG_SCALES[0], y.dtype)])
    high = jnp.stack([jnp.minimum(y.max() + 3.0, FARTHEST), jnp.asarray(LOG_SCALES[1], y.dtype)])
    n, summary = len(y), jnp.sort(y)
    if n > SUMMARY:
        summary = summary[((jnp.arange(SUMMARY) + 0.5) * (n / SUMMARY)).astype(int)]

    def moments(point: Array, y: Array) -> tuple[Array, Array, Array]:
        """Mean and spread of asinh u, of the rows that are not far, and the loss; y is in order."""
        size = jnp.abs(y)
        anywhere = jnp.log(FAR_SHARE / 2) - jnp.log1p(size) - 2 * jnp.log1p(jnp.log1p(size))
        u = (y - point[0]) * jnp.exp(-point[1])
        h, log_slope = jnp.arcsinh(u), -jnp.log(jnp.hypot(1.0, u)) - point[1]
        middle, spread = _middle(h)

        def each(middle: Array, spread: Array) -> Array:
            z = (h - middle) / spread
            return jnp.log1p(-FAR_SHARE) - 0.5 * (z * z + jnp.log(2 * jnp.pi)) - jnp.log(spread) + log_slope

        for _ in range(2):
            near = jax.nn.sigmoid(each(middle, spread) - anywhere)
            middle = (near * h).sum() / near.sum()
            spread = jnp.maximum(jnp.sqrt((near * (h - middle) ** 2).sum() / near.sum()), 1e-6)
        return middle, spread, -jnp.logaddexp(each(middle, spread), anywhere).mean()

    def search(i: Any, best: Array) -> Array:
        half = 0.5 * (high - low) * 0.6**i
        steps = jnp.linspace(-1.0, 1.0, 7, dtype=y.dtype)
        grid = jnp.stack(jnp.meshgrid(steps, steps), -1).reshape(-1, 2)
        points = jnp.clip(best + half * grid, low, high)
        return points[jnp.nanargmin(jax.vmap(lambda point: moments(point, summary)[2])(points))]

    centre, log_width = jax.lax.fori_loop(0, 14, search, 0.5 * (low + high))
    middle, spread, _ = moments(jnp.stack([centre, log_width]), jnp.sort(y))
    varied = column.max() > column.min()  # a column of one value stays as it is
    parameters = (centre, log_width, -middle / spread, -jnp.log(spread))
    identity = (0.0, NEAR_LINEAR, 0.0, NEAR_LINEAR)
    chosen = (jnp.where(varied, a, b) for a, b in zip(parameters, identity, strict=True))
    return loc, jnp.log(scale), *chosen


def _median_and_spread(column: Array) -> tuple[Array, Array]:
    """The median, and the distance between the quartiles, or else the outer hundredths, over a normal's; the
    standard deviation where they are equal, and the size of the median where all are."""
    one, first, median, third, last = jnp.quantile(column, jnp.asarray([0.01, 0.25, 0.5, 0.75, 0.99]))
    least = 1e-6 * jnp.abs(median)
    spread = jnp.maximum(jnp.abs(median), 1.0)
    for candidate in (column.std(), (last - one) / 4.65, (third - first) / 1.349):
        spread = jnp.where(candidate > least, candidate, spread)
    return median, spread


def _middle(ordered: Array) -> tuple[Array, Array]:
    """The median of ordered numbers, and their spread by the quartiles, never 0."""
    at = [round(share * (len(ordered) - 1)) for share in (0.25, 0.5, 0.75)]
    first, median, third = (ordered[i] for i in at)
    return median, jnp.maximum((third - first) / 1.349, 1e-3)
