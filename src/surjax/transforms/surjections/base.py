"""What every surjection is: a bijection that lets go of a part."""

from abc import abstractmethod
from typing import Any, ClassVar

import equinox as eqx
import jax

from surjax.distributions.base import Distribution
from surjax.distributions.conditional import condition
from surjax.dtypes import as_floats
from surjax.errors import ConfigError
from surjax.transforms.base import Encoded, Transform, batch_size, require_key
from surjax.typing import Array, Context, Dropped, Key


class Surjection(Transform):
    """An inference surjection: x ↔ (z, dropped) is one-to-one and keeps volume; `dropped` is let go.

        V = log p(dropped | z),   E = 0                     (Nielsen et al. 2020, section 3.1, table 1)

    A new one writes `split`, `merge` and says what distribution decodes what was dropped. The
    generative surjection is `Inverse` of it, with the decoder as its encoder. The decoder's context
    is z, or (z, context) where the model has a context.
    """

    V: ClassVar[str] = "log p(dropped | z)"

    decoder: eqx.AbstractVar[Distribution]

    @abstractmethod
    def split(self, x: Any) -> tuple[Any, Dropped]:
        """x → (z, dropped)."""

    @abstractmethod
    def merge(self, z: Any, dropped: Dropped) -> Any:
        """(z, dropped) → x, the inverse of `split`."""

    @property
    def forward_deterministic(self) -> bool:
        """True: letting go draws nothing."""
        return True

    @property
    def inverse_deterministic(self) -> bool:
        """False: what was dropped has to be drawn."""
        return False

    @property
    def densities_exact(self) -> bool:
        """Whether the decoder's density is."""
        return self.decoder.exact

    def initialize(self, xs: Any, key: Key = None, contexts: Context = None) -> tuple["Surjection", Any]:
        """Initialise the decoder on what the batch lets go of, given what is left."""
        zs, dropped = jax.vmap(self.split)(as_floats(xs))
        decoder = self.decoder.initialize(dropped, key, condition(zs, contexts))
        return self._with(decoder), zs

    def initialize_inverse(
        self, zs: Any, key: Key = None, contexts: Context = None
    ) -> tuple["Surjection", Any]:
        """Initialise the decoder on the contexts that the batch is, and on what it draws."""
        zs = as_floats(zs)
        decoder, dropped = self.decoder.initialize_sampler(
            batch_size(zs), require_key(self, key), condition(zs, contexts)
        )
        return self._with(decoder), jax.vmap(self.merge)(zs, dropped)

    def _with(self, decoder: Distribution) -> "Surjection":
        return eqx.tree_at(lambda surjection: surjection.decoder, self, decoder)

    def _encode(
        self, x: Any, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        z, dropped = self.split(x)
        return z, self.decoder.log_prob(dropped, key, condition(z, context)), dropped

    def _decode(
        self, z: Any, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        both = condition(z, context)
        if given is None:
            given, contribution = self.decoder.sample_and_log_prob(
                require_key(self, key), context=both, temperature=temperature
            )
        else:
            contribution = self.decoder.log_prob(given, key, both)
        return self.merge(z, given), contribution, None


def require_decoder(owner: object, decoder: Distribution, dropped: Any) -> Distribution:
    """The decoder, or ConfigError where it is not over what `owner` drops, of shape `dropped`."""
    if decoder.shape != dropped:
        raise ConfigError(
            f"{type(owner).__name__} drops shape {dropped} and its decoder, {type(decoder).__name__}, has "
            f"shape {decoder.shape}: make the two agree."
        )
    return decoder
