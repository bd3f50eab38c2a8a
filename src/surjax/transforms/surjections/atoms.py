"""Single values that have a probability of their own, beside a density."""

from collections.abc import Sequence
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike

from surjax.distributions.normal import Normal
from surjax.errors import ConfigError
from surjax.parameters import Fixed
from surjax.transforms.base import Encoded, Transform, forward_batch, require_key, require_shape, split_key
from surjax.transforms.chain import Chain
from surjax.transforms.inverse import Inverse
from surjax.transforms.surjections.argmax import ArgMax
from surjax.typing import Array, Context, Dropped, Key, Shape


class Atoms(Transform):
    """One number x that is one of K atoms a₁ … a_K, or else has a density, made continuous: z = (v, w).

    Generatively the largest of the K + 1 scores v is a class c, and

        x = a_c where c ≤ K,   x = rest⁻¹(w) where c = K + 1

    In inference v is drawn by the inverse of argmax (Hoogeboom et al. 2021), and w, where x is an atom, from
    a normal q(w); where it is none, w is what `rest` makes of x:

        V = −log q(v | c) − log q(w)      where x is an atom
        V = −log q(v | c) + V_rest        where it is none

    The log-likelihood is a lower bound of log P(x) at the atoms and of a log-density elsewhere: it is one
    with respect to Lebesgue's measure and a unit of mass at each atom, and P of the atoms and the integral of
    the density add up to 1. So zero-inflated numbers (rain, spending), or numbers that are capped, are
    modelled as what they are. q is learned; data-dependent initialisation puts it where the rest lies.

    rest is a transform of one number to one (the identity without it): `Bounded`, or `Inverse(Quantize)`
    for what has a probability everywhere. Numbers within a few units in the last place of an atom are it,
    and 0 is itself alone. Raises ConfigError where there are no atoms, or rest is of another shape.

    >>> import jax, surjax as sx
    >>> rain = sx.Atoms((0.0,))
    >>> z, contribution = rain.forward(jax.numpy.array([0.0]), jax.random.key(0))
    >>> z.shape, rain.inverse(z)
    ((3,), Array([0.], dtype=float32))
    """

    V: ClassVar[str] = "−log q(v | c), and −log q(w) at an atom or V of the rest"
    E: ClassVar[str] = "log q(v, w | x) − log p(v, w | x)"

    rest: Transform
    classes: Inverse
    noise: Normal
    atoms: Fixed

    def __init__(self, atoms: Sequence[float] | ArrayLike, rest: Transform | None = None):
        held = np.asarray(atoms, float)
        if held.ndim != 1 or not held.size or len(np.unique(held)) < held.size or not np.isfinite(held).all():
            raise ConfigError(f"the atoms are {atoms!r} and must be one or more different finite numbers.")
        self.rest = Chain() if rest is None else rest
        if self.rest.z_shape((1,)) != (1,):
            raise ConfigError(
                f"{type(rest).__name__} changes the shape of a number: give one that keeps (1,)."
            )
        self.atoms = Fixed(jnp.asarray(held, float))
        self.classes = Inverse(ArgMax(held.size + 1))
        self.noise = Normal((1,), trainable=True)

    @property
    def forward_deterministic(self) -> bool:
        """False: the scores are drawn."""
        return False

    @property
    def inverse_deterministic(self) -> bool:
        """Whether x follows from z: whether it does in the rest."""
        return self.rest.inverse_deterministic

    @property
    def densities_exact(self) -> bool:
        """Whether densities are exact: whether the rest's are."""
        return self.rest.densities_exact

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: (1,)."""
        return (1,)

    @property
    def _count(self) -> int:
        return self.atoms.array.shape[-1]

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of z: (K + 2,)."""
        require_shape(self, x_shape, (1,))
        return (self._count + 2,)

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of x: (1,)."""
        require_shape(self, z_shape, (self._count + 2,))
        return (1,)

    def _class(self, x: Array) -> Array:
        """Which atom x is, of shape (1,); K where it is none."""
        atoms = self.atoms.value.astype(x.dtype)
        same = jnp.abs(x - atoms) <= 4 * jnp.finfo(x.dtype).eps * jnp.abs(atoms)
        return jnp.where(same.any(), jnp.argmax(same), self._count)[None].astype(x.dtype)

    def _encode(
        self, x: Array, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        scores_key, noise_key, rest_key = split_key(key, 3)
        scores_given, w_given, rest_given = (None, None, None) if given is None else given
        x = x.astype(jnp.result_type(x, jnp.float32))
        c = self._class(x)
        v, of_scores, _ = self.classes._encode(c, scores_given, scores_key, context, temperature)
        if w_given is None:
            w_given = self.noise.sample(require_key(self, noise_key), temperature=temperature)
        y, of_rest, dropped = self.rest._encode(x, rest_given, rest_key, context, temperature)
        atom = c[0] < self._count
        w = jnp.where(atom, w_given, y)
        return jnp.concatenate([v, w]), of_scores + self._of(atom, w, of_rest), (None, None, dropped)

    def _decode(
        self, z: Array, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        v, w = z[: self._count + 1], z[self._count + 1 :]
        rest_given = None if given is None else given[2]
        c, of_scores, scores = self.classes._decode(v, None, None, context, temperature)
        x, of_rest, dropped = self.rest._decode(w, rest_given, key, context, temperature)
        atom = c[0] < self._count
        place = jnp.minimum(c, self._count - 1).astype(int)
        x = jnp.where(atom, self.atoms.value.astype(x.dtype)[place], x)
        return x, of_scores + self._of(atom, w, of_rest), (scores, w, dropped)

    def _of(self, atom: Array, w: Array, of_rest: Array) -> Array:
        """What w adds to the contribution: −log q(w) at an atom, elsewhere what the rest adds."""
        return jnp.where(atom, -self.noise.log_prob(jnp.where(atom, w, 0)), of_rest)

    def initialize(self, xs: Array, key: Key = None, contexts: Context = None) -> tuple["Atoms", Array]:
        """Initialise the rest on the batch, and put q where it sends what is no atom."""
        rest, ws = self.rest.initialize(xs, key, contexts)
        apart = jax.vmap(self._class)(xs)[:, 0] == self._count
        noise = self.noise.with_parameters(_middle(ws[:, 0], apart, self.noise))
        new = eqx.tree_at(lambda atoms: (atoms.rest, atoms.noise), self, (rest, noise))
        return new, forward_batch(new, xs, key, contexts)


def _middle(ws: Array, chosen: Array, noise: Normal) -> Array:
    """The median and the logarithm of the spread of the chosen ones, of shape (1, 2); of none, as it was.

    Quantiles, so that no single one decides: a q that is far too wide makes the bound loose.
    """
    count = chosen.sum()
    rising = jnp.sort(jnp.where(chosen, ws, jnp.finfo(ws.dtype).max))
    last = jnp.maximum(count - 1, 0)
    low, middle, high = (rising[(share * last).astype(int)] for share in (0.25, 0.5, 0.75))
    spread = (high - low) / 1.349
    log_scale = jnp.log(jnp.where((count > 1) & (spread > 0), spread, 1))
    was = jnp.stack([noise.loc, noise.log_scale], -1)  # type: ignore[list-item]  # trained, so arrays
    return jnp.where(count > 0, jnp.stack([middle, log_scale])[None], was).astype(was.dtype)
