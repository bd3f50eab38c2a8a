"""What every stochastic map is: noise in both directions."""

from abc import abstractmethod
from typing import Any, ClassVar

from surjax.transforms.base import Encoded, Transform, require_key
from surjax.typing import Array, Context, Dropped, Key, PRNGKey, Scalar


class Stochastic(Transform):
    """A stochastic map: z ~ q(z | x) forward, x ~ p(x | z) back (Nielsen et al. 2020, section 3.1).

        V = log p(x | z) − log q(z | x),   E = log q(z | x) − log p(z | x)

    Forward lets go of x itself, and the inverse of z: nothing less brings them back. A new one
    writes the two draws and V.
    """

    V: ClassVar[str] = "log p(x | z) − log q(z | x)"
    E: ClassVar[str] = "log q(z | x) − log p(z | x)"

    @abstractmethod
    def draw_z(
        self, key: PRNGKey, x: Any, context: Context, temperature: float | Array
    ) -> tuple[Any, Scalar]:
        """(z ~ q(z | x), V(x, z))."""

    @abstractmethod
    def draw_x(
        self, key: PRNGKey, z: Any, context: Context, temperature: float | Array
    ) -> tuple[Any, Scalar]:
        """(x ~ p(x | z), V(x, z))."""

    @abstractmethod
    def contribution(self, x: Any, z: Any, key: Key, context: Context) -> Scalar:
        """V(x, z), in nats; the key is for densities that are not computed exactly."""

    @property
    def forward_deterministic(self) -> bool:
        """Whether z follows from x: it is drawn."""
        return False

    @property
    def inverse_deterministic(self) -> bool:
        """Whether x follows from z: it is drawn."""
        return False

    def _encode(
        self, x: Any, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        if given is not None:
            return given, self.contribution(x, given, key, context), x
        return *self.draw_z(require_key(self, key), x, context, temperature), x

    def _decode(
        self, z: Any, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        if given is not None:
            return given, self.contribution(given, z, key, context), z
        return *self.draw_x(require_key(self, key), z, context, temperature), z
