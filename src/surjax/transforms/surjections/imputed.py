"""Rows with missing cells, made whole."""

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from surjax.errors import ConfigError
from surjax.nn.base import NetworkOfAnySize
from surjax.nn.masked_outputs import MaskedOutputs
from surjax.parameters import Fixed
from surjax.transforms.base import Encoded, Transform, require_key, split_key
from surjax.transforms.bijections.coupling import Coupling
from surjax.transforms.bijections.johnson import JohnsonSU
from surjax.transforms.bijections.whiten_missing import WhitenMissing
from surjax.transforms.chain import Chain
from surjax.transforms.parallel import Parallel
from surjax.transforms.univariate.affine import Affine
from surjax.transforms.univariate.base import Univariate
from surjax.typing import Array, Batch, Context, Dropped, Key, PRNGKey, Scalar, Shape


class Imputed(Transform):
    """A vector x of which some entries are missing, which are NaN, becomes a whole z.

    Generatively the whole x is made of z, column by column, and the entries m are let go of: a slice, but
    for a mask in the place of a number of entries. In inference the present ones o become z_o by the
    transforms of their columns, and z_m is drawn:

        z_m ~ q(z_m | z_o, m),   V = Σ_o V_column − log q(z_m | z_o, m)

    so that log p(z) + V is a draw of a lower bound of log p(x_o), the log-likelihood of what is present, and
    with importance samples it is that of MIWAE (Mattei and Frellsen 2019), which rises to it. What is missing
    is taken to be missing at random: whether it is says nothing of its value beyond what is present (Rubin
    1976). An x without gaps costs nothing: z and V are those of the columns.

    q is a conditional normal distribution, between maps that make each entry of z about normal (`JohnsonSU`)
    and couplings that see what is present and what is missing, and start at the identity:

        z_m = J⁻¹(u_m),   u_m = WhitenMissing⁻¹(C⁻¹(ε; u_o, m)),   ε ~ N(0, I)

    Data-dependent initialisation finds the first two, by maximum likelihood and the EM algorithm, so that q
    is a good one for any mask before the first step; the batch comes out whole, by a draw of q.

    columns are transforms of one entry each, side by side. couplings map a vector like z, and see the
    context (z's present entries as J has them with 0 for the missing ones, which are missing): see
    `Imputed.of`. fills are numbers that the columns can take, which stand in for missing ones where nothing
    depends on them; 0 without it. What is dropped is (z, the columns' own) from z to x, and (which entries
    are missing, the columns' own) from x to z, so that gaps are encoded and decoded as such. Raises
    ConfigError where a column is not of one entry, or there are not as many fills as columns.

    >>> import jax, jax.numpy as jnp, surjax as sx
    >>> columns = sx.Parallel([sx.Scale(2.0), sx.dequantize((1,))], [1, 1])
    >>> gaps = sx.Imputed.of(columns, sx.nn.MLP.of(hidden=(8,)), key=jax.random.key(0))
    >>> flow = sx.Flow(sx.Normal((2,)), gaps)
    >>> x = jnp.array([[1.5, jnp.nan], [jnp.nan, 3.0], [0.5, 1.0]])
    >>> bool(jnp.isfinite(flow.log_prob(x, jax.random.key(1), num_samples=16)).all())
    True
    >>> z, dropped = flow.encode(x, jax.random.key(1))
    >>> jnp.isnan(flow.decode(z, dropped)).astype(int)
    Array([[0, 1],
           [1, 0],
           [0, 0]], dtype=int32)
    """

    V: ClassVar[str] = "Σ_o V_column − log q(z_m | z_o, m)"
    E: ClassVar[str] = "log q(z_m | z_o, m) − log p(z_m | x_o)"

    columns: Parallel
    margins: JohnsonSU
    whiten: WhitenMissing
    couplings: Transform
    fills: Fixed

    def __init__(
        self, columns: Parallel, couplings: Transform | None = None, fills: Sequence[float] | None = None
    ):
        if any(size != 1 for size in columns.sizes) or columns.trailing:
            raise ConfigError(
                f"Imputed was given columns of sizes {columns.sizes}: an entry is missing or is not, so give "
                "transforms of one entry each."
            )
        stand_ins = np.zeros(len(columns.sizes)) if fills is None else np.asarray(fills, float)
        if stand_ins.shape != (len(columns.sizes),):
            raise ConfigError(
                f"Imputed was given fills of shape {stand_ins.shape} and {len(columns.sizes)} columns: give "
                "one for each."
            )
        size = sum(columns.z_sizes)
        self.columns, self.fills = columns, Fixed(jnp.asarray(stand_ins, float))
        self.margins, self.whiten = JohnsonSU((size,)), WhitenMissing(size)
        self.couplings = Chain() if couplings is None else couplings

    @classmethod
    def of(
        cls,
        columns: Parallel,
        network: NetworkOfAnySize,
        *,
        univariate: Univariate | None = None,
        num_couplings: int = 2,
        fills: Sequence[float] | None = None,
        key: Key,
    ) -> "Imputed":
        """The transform with couplings that are built for it, each moving the entries that the last one kept.

        network is what `nn.Network.of` gives, with a last layer that starts at zero. univariate is a family
        that is the identity where all its numbers are 0, by default affine with scales from e⁻² to e². A z of
        one entry has no couplings: nothing is present beside it.
        """
        univariate = Affine("tanh_exp") if univariate is None else univariate
        size = sum(columns.z_sizes)
        half, couplings = size // 2, []
        for i, k in enumerate(split_key(key, num_couplings) if half else ()):
            swap = bool(i % 2)  # the last half of the entries stay, and the first are moved
            masked = MaskedOutputs.of(network, first=0 if swap else half)
            stay = size - half if swap else half
            sizes = ((size,), (size,))
            couplings.append(
                Coupling.of(
                    (size,), univariate, masked, num_identity=stay, swap=swap, context_shape=sizes, key=k
                )
            )
        return cls(columns, Chain(*couplings), fills)

    @property
    def forward_deterministic(self) -> bool:
        """False: what is missing is drawn."""
        return False

    @property
    def inverse_deterministic(self) -> bool:
        """Whether every column's z → x is."""
        return self.columns.inverse_deterministic

    @property
    def densities_exact(self) -> bool:
        """Whether every column's are."""
        return self.columns.densities_exact

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: (columns,)."""
        return self.columns.fixed_shape

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of z: that of the columns."""
        return self.columns.z_shape(x_shape)

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of x: (columns,)."""
        return self.columns.x_shape(z_shape)

    def of_z(self, missing: Array) -> Array:
        """Which entries of z are missing where those entries of x are."""
        return jnp.repeat(missing, np.asarray(self.columns.z_sizes), total_repeat_length=self._size)

    @property
    def _size(self) -> int:
        return sum(self.columns.z_sizes)

    def _encode(
        self, x: Any, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        z_given, columns_given = (None, None) if given is None else given
        missing = jnp.isnan(x)
        stand_in = jnp.where(missing, self.fills.value.astype(x.dtype), x)
        z, each, dropped = self.columns.encode_parts(stand_in, columns_given, key, context, temperature)
        m = self.of_z(missing)
        if z_given is None:
            noise = jax.random.fold_in(require_key(self, key), len(self.columns.sizes))
            z, log_q = self.draw(noise, z, m, temperature)
        else:
            z = jnp.where(m, z_given, z)
            log_q = self.log_q(z, m)
        return z, jnp.where(missing, 0, each).sum() - log_q, (missing, dropped)

    def _decode(
        self, z: Any, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        missing, columns_given = (None, None) if given is None else given
        x, each, dropped = self.columns.decode_parts(z, columns_given, key, context, temperature)
        if missing is None:
            return x, each.sum(), (z, dropped)
        contribution = jnp.where(missing, 0, each).sum() - self.log_q(z, self.of_z(missing))
        return jnp.where(missing, jnp.nan, x), contribution, (z, dropped)

    def draw(
        self, key: PRNGKey, z: Array, missing: Array, temperature: float | Array = 1.0
    ) -> tuple[Array, Scalar]:
        """(z with its missing entries drawn from q given the others, log q of them)."""
        context = self._present(z, missing)
        noise = temperature * jax.random.normal(key, z.shape, z.dtype)
        y = jnp.where(missing, noise, context[0])
        y, of_couplings, _ = self.couplings._decode(y, None, None, context, 1.0)
        u, of_whiten = self.whiten.inverse_and_log_det(y, missing)
        drawn, log_slopes = self.margins.inverse_elements(jnp.where(missing, u, 0.0))
        log_q = self._log_normal(noise, missing) + of_couplings + of_whiten
        log_q += jnp.where(missing, log_slopes, 0.0).sum()
        return jnp.where(missing, drawn, z), jnp.where(missing.any(), log_q, 0.0)

    def log_q(self, z: Array, missing: Array) -> Scalar:
        """log q(z_m | z_o, m), in nats; 0 where nothing is missing."""
        context = self._present(z, missing)
        u, log_slopes = self.margins.forward_elements(jnp.where(missing, z, 0.0))
        y, of_whiten = self.whiten.forward_and_log_det(jnp.where(missing, u, context[0]), missing)
        y, of_couplings, _ = self.couplings._encode(y, None, None, context, 1.0)
        log_q = self._log_normal(y, missing) + of_couplings + of_whiten
        log_q += jnp.where(missing, log_slopes, 0.0).sum()
        return jnp.where(missing.any(), log_q, 0.0)

    def _present(self, z: Array, missing: Array) -> tuple[Array, Array]:
        """What q sees: the present entries as the margins have them, and which are missing."""
        u = self.margins.forward_elements(z)[0]
        return jnp.where(missing, 0.0, u), missing.astype(z.dtype)

    @staticmethod
    def _log_normal(noise: Array, missing: Array) -> Scalar:
        each = -0.5 * (noise**2 + math.log(2 * math.pi))
        return jnp.where(missing, each, 0.0).sum()

    def initialize(self, xs: Batch, key: Key = None, contexts: Context = None) -> tuple["Imputed", Batch]:
        """Initialise the columns on what is present, then q on what they make of it, and draw the rest.

        For the columns a missing entry is that of another row, chosen at random: so each column looks as its
        present entries do.
        """
        missing = jnp.isnan(xs)
        others, noise = jax.random.split(jax.random.fold_in(require_key(self, key), len(xs)))
        borrowed = jnp.where(missing, _of_other_rows(others, xs, missing, self.fills.value), xs)
        columns, zs = self.columns.initialize(borrowed, key, contexts)
        m = jax.vmap(self.of_z)(missing)
        margins, us = self.margins.initialize(zs)
        whiten, ys = self.whiten.initialize(us, None, m)
        couplings = self._started(us, ys, m)
        parts = (columns, margins, whiten, couplings)
        new = eqx.tree_at(lambda i: (i.columns, i.margins, i.whiten, i.couplings), self, parts)
        return new, jax.vmap(lambda k, z, m: new.draw(k, z, m)[0])(jax.random.split(noise, len(xs)), zs, m)

    def initialize_inverse(
        self, zs: Batch, key: Key = None, contexts: Context = None
    ) -> tuple["Imputed", Batch]:
        """Initialise the columns in their generative direction, and the couplings beside no gaps."""
        columns, xs = self.columns.initialize_inverse(zs, key, contexts)
        us = jax.vmap(lambda z: self.margins.forward_elements(z)[0])(zs)
        couplings = self._started(us, us, jnp.zeros(us.shape, bool))
        return eqx.tree_at(lambda i: (i.columns, i.couplings), self, (columns, couplings)), xs

    def _started(self, us: Array, ys: Array, missing: Array) -> Transform:
        """The couplings, initialised on a batch as the margins and the whitening have it."""
        return self.couplings.initialize(ys, None, (jnp.where(missing, 0, us), missing.astype(us.dtype)))[0]


def _of_other_rows(key: PRNGKey, xs: Array, missing: Array, fills: Array) -> Array:
    """For each entry one of its column that is present, chosen at random; the fill where there is none."""

    def of_column(key: PRNGKey, column: Array, missing: Array, fill: Array) -> Array:
        present_first = column[jnp.argsort(missing, stable=True)]
        count = (~missing).sum()
        chosen = present_first[jax.random.randint(key, column.shape, 0, jnp.maximum(count, 1))]
        return jnp.where(count > 0, chosen, fill.astype(column.dtype))

    keys = jax.random.split(key, xs.shape[1])
    return jax.vmap(of_column, (0, 1, 1, 0), 1)(keys, xs, missing, fills)
