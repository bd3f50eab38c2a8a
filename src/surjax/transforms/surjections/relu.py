"""The ReLU surjection."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from surjax.distributions.base import Distribution, Factorized
from surjax.distributions.conditional import Conditional
from surjax.distributions.half_normal import HalfNormal
from surjax.distributions.where_zero import WhereZero
from surjax.errors import ConfigError
from surjax.transforms.surjections.base import Surjection, require_decoder
from surjax.typing import Array, Floats, Shape


class ReLU(Surjection):
    """z = max(x, 0), for each element; how far x lies below 0 is dropped.

        V = Σ_{i: z_i = 0} log p(−x_i | z)                       (Nielsen et al. 2020)

    decoder is the distribution of −x_i where z_i = 0: a factorized family on x ≥ 0, or `Conditional`
    of one; half-normal by default. Where z_i > 0 nothing was dropped, and it counts for nothing.

    z is a mixture of two kinds: each element is 0 with positive probability, and has a density above.
    A base must be of that kind, as `Rectified` is: bijections in between, and bases that are continuous
    at 0, would not give a density. `Inverse(ReLU(shape))` is the other use of it: data in which exact
    zeros are frequent (rain, spending, claims) become continuous, with negative noise for the zeros.
    Raises ConfigError where the decoder does not fit.

    >>> import jax, surjax as sx
    >>> flow = sx.Flow(sx.Rectified(sx.HalfNormal((2,))), sx.ReLU((2,)))  # the standard normal, in parts
    >>> flow.log_prob(jax.numpy.zeros(2))
    Array(-1.837877, dtype=float32)
    """

    V: ClassVar[str] = "Σ log p(−xᵢ | z) over zᵢ = 0"

    decoder: Distribution
    shape: Shape = eqx.field(static=True)

    def __init__(self, shape: Shape, decoder: Distribution | None = None):
        self.shape = tuple(shape)
        decoder = HalfNormal(shape) if decoder is None else decoder
        family = decoder.family if isinstance(decoder, Conditional) else decoder
        if not isinstance(family, Factorized):
            raise ConfigError(
                f"ReLU drops some elements and not others, and {type(family).__name__} has no density of one "
                "element: give a factorized family, such as HalfNormal, or Conditional of one."
            )
        require_decoder(self, decoder, self.shape)
        self.decoder = WhereZero(decoder)  # type: ignore[arg-type]

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: `shape`."""
        return self.shape

    def split(self, x: Floats) -> tuple[Floats, Array]:
        """x → (max(x, 0), max(−x, 0))."""
        positive = x > 0
        return jnp.where(positive, x, 0), jnp.where(positive, 0, -x)

    def merge(self, z: Floats, dropped: Array) -> Floats:
        """(max(x, 0), max(−x, 0)) → x."""
        return jnp.where(z > 0, z, -dropped)
