"""The algebra's one idea: a transform x → z that returns its likelihood contribution.

    log p(x) ≃ log p(z) + V(x, z) + E(x, z)                      (Nielsen et al. 2020, equation 5)

V is the likelihood contribution; E, the looseness of the bound, is 0 wherever x → z is deterministic.
"""

from abc import abstractmethod
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from surjax.dtypes import as_floats
from surjax.errors import ShapeError, SurjaxError
from surjax.plain import PlainModule
from surjax.typing import Array, Context, Dropped, Key, Scalar, Shape

Encoded = tuple[Any, Scalar, Dropped]
"""(output, contribution in nats, what was dropped on the way)."""


class Transform(PlainModule):
    """A map x → z of ONE example (`jax.vmap` adds a batch axis), with its likelihood contribution.

    `forward` is the inference direction (data to latent), `inverse` the generative one. Either may
    be deterministic or draw noise, and says which. Where a direction draws a part of its output it
    can be `given` that part instead, and where it lets go of a part of its input it hands that part
    back: so `encode` and `decode` undo each other exactly even for maps that are not one-to-one.

    V and E are the formulas of the catalogue (Nielsen et al. 2020, tables 1 and 3).
    """

    V: ClassVar[str]
    E: ClassVar[str] = "0"

    @property
    @abstractmethod
    def forward_deterministic(self) -> bool:
        """Whether x → z draws no noise."""

    @property
    @abstractmethod
    def inverse_deterministic(self) -> bool:
        """Whether z → x draws no noise."""

    @property
    def densities_exact(self) -> bool:
        """Whether every conditional density inside is computed exactly."""
        return True

    @property
    def exact(self) -> bool:
        """Whether log p(z) + V is log p(x) itself (E = 0); otherwise it is a lower bound's draw."""
        return self.forward_deterministic and self.densities_exact

    @property
    def fixed_shape(self) -> Shape | None:
        """The shape that x must have; None where any shape will do."""
        return None

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of z for an x of shape `x_shape`; raises ShapeError where x does not fit."""
        return require_shape(self, x_shape, self.fixed_shape)

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of x for a z of shape `z_shape`; raises ShapeError where z does not fit."""
        return require_shape(self, z_shape, self.fixed_shape)

    @abstractmethod
    def _encode(
        self, x: Any, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        """x → (z, V(x, z), what x → z dropped), drawing what is not given."""

    @abstractmethod
    def _decode(
        self, z: Any, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        """z → (x, V(x, z), what z → x dropped), drawing what is not given."""

    def encode(
        self,
        x: Any,
        key: Key = None,
        context: Context = None,
        given: Dropped = None,
        temperature: float | Array = 1.0,
    ) -> Encoded:
        """x → (z, V(x, z), dropped): `decode(z, given=dropped)` gives this very x back.

        Raises ShapeError where x has a shape that the transform does not take, SurjaxError where
        noise must be drawn and no key was passed.
        """
        self.z_shape(jnp.shape(x))
        return self._encode(as_floats(x), given, key, context, temperature)

    def decode(
        self,
        z: Any,
        key: Key = None,
        context: Context = None,
        given: Dropped = None,
        temperature: float | Array = 1.0,
    ) -> Encoded:
        """z → (x, V(x, z), dropped): the generative direction, with the same V as `encode`'s.

        Raises as `encode` does.
        """
        self.x_shape(jnp.shape(z))
        return self._decode(as_floats(z), given, key, context, temperature)

    def forward(self, x: Any, key: Key = None, context: Context = None) -> tuple[Any, Scalar]:
        """x → (z, V(x, z)), the contribution in nats."""
        z, contribution, _ = self.encode(x, key, context)
        return z, contribution

    def inverse(
        self, z: Any, key: Key = None, context: Context = None, temperature: float | Array = 1.0
    ) -> Any:
        """z → x."""
        return self.decode(z, key, context, temperature=temperature)[0]

    def initialize(self, xs: Any, key: Key = None, contexts: Context = None) -> tuple["Transform", Any]:
        """Data-dependent initialisation from a batch: (the initialised transform, the batch as zs).

        xs has one leading batch axis, and so has every array of `contexts`. A transform that learns
        nothing from data comes back as it is.
        """
        return self, forward_batch(self, xs, key, contexts)

    def initialize_inverse(
        self, zs: Any, key: Key = None, contexts: Context = None
    ) -> tuple["Transform", Any]:
        """Data-dependent initialisation in the generative direction: (the transform, the batch as xs).

        `Inverse` initialises its transform by it. zs has one leading batch axis, and so has every array of
        `contexts`. A transform that learns nothing from data, or only from xs, comes back as it is.
        """
        return self, inverse_batch(self, zs, key, contexts)


class Bijection(Transform):
    """A one-to-one map; V = log |det ∂z/∂x|.

    A new one writes its formula twice, in `forward_and_log_det` and `inverse_and_log_det`.
    """

    V: ClassVar[str] = "log |det ∂z/∂x|"

    @property
    def forward_deterministic(self) -> bool:
        """True: a bijection draws nothing."""
        return True

    @property
    def inverse_deterministic(self) -> bool:
        """True: a bijection draws nothing."""
        return True

    @abstractmethod
    def forward_and_log_det(self, x: Array, context: Context = None) -> tuple[Array, Scalar]:
        """x → (z, log |det ∂z/∂x|)."""

    @abstractmethod
    def inverse_and_log_det(self, z: Array, context: Context = None) -> tuple[Array, Scalar]:
        """z → (x, log |det ∂z/∂x|): the same number, of the forward map, at that x."""

    def _encode(
        self, x: Array, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        return *self.forward_and_log_det(x, context), None

    def _decode(
        self, z: Array, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        return *self.inverse_and_log_det(z, context), None


def require_shape(owner: object, given: Shape, wanted: Shape | None) -> Shape:
    """`given`, or ShapeError where it is not `wanted` (None: any shape)."""
    if wanted is not None and tuple(given) != tuple(wanted):
        raise shape_error(owner, given, f"{tuple(wanted)}")
    return tuple(given)


def shape_error(owner: object, given: Shape, wanted: str) -> ShapeError:
    """The error that says that `owner` was given one shape and wanted another."""
    return ShapeError(
        f"{type(owner).__name__} was given shape {tuple(given)} and takes {wanted}: "
        "build it for the shape of your data.",
        wanted=wanted,
        given=tuple(given),
    )


def require_key(owner: object, key: Key) -> Any:
    """The key, or SurjaxError where there is none and `owner` has to draw."""
    if key is None:
        raise SurjaxError(
            f"{type(owner).__name__} draws noise in this direction and was given no key: "
            "pass key=jax.random.key(seed)."
        )
    return key


def split_key(key: Key, n: int) -> Any:
    """n keys out of one; n times None where there is none."""
    return [None] * n if key is None else list(jax.random.split(key, n))


def forward_batch(transform: Transform, xs: Any, key: Key, contexts: Context) -> Any:
    """The zs of a batch of xs (one leading axis), each with a key of its own."""
    keys = split_batch(key, xs)
    return jax.vmap(lambda x, k, c: transform.forward(x, k, c)[0])(xs, keys, contexts)


def inverse_batch(transform: Transform, zs: Any, key: Key, contexts: Context) -> Any:
    """The xs of a batch of zs (one leading axis), each with a key of its own."""
    keys = split_batch(key, zs)
    return jax.vmap(transform.inverse)(zs, keys, contexts)


def split_batch(key: Key, xs: Any) -> Any:
    """A key for each example of a batch; None where there is none."""
    return None if key is None else jax.random.split(key, batch_size(xs))


def batch_size(xs: Any) -> int:
    """How many examples a batch holds: the length of the leading axis of its arrays."""
    return len(jax.tree.leaves(xs)[0])
