"""The absolute-value surjection."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from surjax.distributions.base import Distribution
from surjax.distributions.bernoulli import Bernoulli
from surjax.errors import ConfigError
from surjax.transforms.surjections.base import Surjection, require_decoder
from surjax.typing import Array, Floats, Shape


class AbsoluteValue(Surjection):
    """z = |x|; the signs are dropped (Nielsen et al. 2020).

        V = log p(s | z) with s = 1[x ≥ 0];   for fair coins V = −log 2 for each sign

    elements says which entries of a vector lose their sign (default: all of x). With whole, x loses
    one sign only: z = x or −x, whichever has a positive first entry (the first that is not 0), for data
    as likely at −x as at x.

    decoder is a distribution over the signs (1: positive), of shape `shape`, (len(elements),) or, for
    whole, (1,). By default it is fair coins; `Bernoulli(..., trainable=True)` learns their odds and
    `Conditional(Bernoulli(...), network)` learns them as a function of z. Raises ConfigError where
    elements, whole and decoder do not fit.

    >>> import jax, surjax as sx
    >>> sx.AbsoluteValue((2,)).forward(jax.numpy.array([-1.0, 2.0]))
    (Array([1., 2.], dtype=float32), Array(-1.3862944, dtype=float32))
    >>> sx.AbsoluteValue((2,), whole=True).forward(jax.numpy.array([-1.0, 2.0]))
    (Array([ 1., -2.], dtype=float32), Array(-0.6931472, dtype=float32))
    """

    V: ClassVar[str] = "log p(sign | z); fair signs: −log 2 each"

    decoder: Distribution
    shape: Shape = eqx.field(static=True)
    elements: tuple[int, ...] | None = eqx.field(static=True)
    whole: bool = eqx.field(static=True)

    def __init__(
        self,
        shape: Shape,
        decoder: Distribution | None = None,
        elements: tuple[int, ...] | None = None,
        whole: bool = False,
    ):
        if elements is not None:
            distinct = len(set(elements)) == len(elements)
            if whole or len(shape) != 1 or not distinct or not set(elements) <= set(range(shape[0])):
                raise ConfigError(
                    f"elements {elements} of an x of shape {tuple(shape)} were to lose their sign: give "
                    "distinct entries of a vector, and not whole=True beside them."
                )
        signs = (1,) if whole else tuple(shape) if elements is None else (len(elements),)
        self.decoder = require_decoder(self, Bernoulli(signs) if decoder is None else decoder, signs)
        self.shape, self.whole = tuple(shape), whole
        self.elements = None if elements is None else tuple(elements)

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: `shape`."""
        return self.shape

    def split(self, x: Floats) -> tuple[Floats, Array]:
        """x → (|x|, 1[x ≥ 0])."""
        if self.whole:
            flat = x.ravel()
            signed = flat[jnp.argmax(flat != 0)][None]
        else:
            signed = x if self.elements is None else x[jnp.array(self.elements)]
        signs = (signed >= 0).astype(jnp.int8)
        return self.merge(x, signs), signs  # taking a sign away and putting it back is the same flip

    def merge(self, z: Floats, dropped: Array) -> Floats:
        """(|x|, sign) → x."""
        if self.elements is None:
            positive = dropped[0] > 0 if self.whole else dropped > 0
        else:
            positive = jnp.ones(self.shape, bool).at[jnp.array(self.elements)].set(dropped > 0)
        return jnp.where(positive, z, -z)
