"""n copies of one step, compiled once."""

from collections.abc import Callable
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ShapeError, SurjaxError
from surjax.transforms.base import Encoded, Transform
from surjax.typing import Array, Context, Dropped, Key, Shape


class Repeat(Transform):
    """n copies of a step with weights of their own, run one after the other under `lax.scan`.

    The copies are held as one pytree whose leaves have a leading axis n, so compile time does not
    grow with n. What was dropped comes back with the same leading axis.

    make: key → one step, called once under `jax.vmap`. remat: recompute a step's activations in the
    backward pass instead of keeping them, n times less memory for about a third more time. unroll:
    how many steps the compiled loop body holds (True: all).

    >>> import jax, surjax as sx
    >>> flow = sx.Repeat(lambda key: sx.Affine((2,)), 3, key=jax.random.key(0))
    >>> flow.forward(jax.numpy.ones(2))[0].shape
    (2,)
    """

    V: ClassVar[str] = "Σₖ Vₖ"
    E: ClassVar[str] = "Σₖ Eₖ"

    step: Transform
    n: int = eqx.field(static=True)
    remat: bool = eqx.field(static=True)
    unroll: int | bool = eqx.field(static=True)

    def __init__(
        self,
        make: Callable[[Any], Transform],
        n: int,
        *,
        key: Any,
        remat: bool = False,
        unroll: int | bool = 1,
    ):
        if n < 1:
            raise SurjaxError(f"Repeat was asked for {n} copies and needs at least 1.")
        self.step = eqx.filter_vmap(make)(jax.random.split(key, n))
        self.n, self.remat, self.unroll = n, remat, unroll

    @property
    def forward_deterministic(self) -> bool:
        """Whether the step's x → z is."""
        return self.step.forward_deterministic

    @property
    def inverse_deterministic(self) -> bool:
        """Whether the step's z → x is."""
        return self.step.inverse_deterministic

    @property
    def densities_exact(self) -> bool:
        """Whether densities are exact: whether the step's are."""
        return self.step.densities_exact

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of x: a step that changes it cannot be repeated (ShapeError)."""
        return self._same(x_shape, self.step.z_shape(x_shape))

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of z: a step that changes it cannot be repeated (ShapeError)."""
        return self._same(z_shape, self.step.x_shape(z_shape))

    def _same(self, before: Shape, after: Shape) -> Shape:
        if before != after:
            raise ShapeError(
                f"Repeat runs copies of {type(self.step).__name__} in a row and that maps shape "
                f"{before} to {after}: repeat only steps that keep the shape.",
                wanted=str(after),
                given=before,
            )
        return before

    def _encode(
        self, x: Any, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        def run(step: Transform, x: Any, given: Dropped, key: Key) -> Encoded:
            return step._encode(x, given, key, context, temperature)

        return self._scan(run, x, given, key, reverse=False)

    def _decode(
        self, z: Any, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        def run(step: Transform, z: Any, given: Dropped, key: Key) -> Encoded:
            return step._decode(z, given, key, context, temperature)

        return self._scan(run, z, given, key, reverse=True)

    def _scan(self, run: Callable[..., Encoded], x: Any, given: Dropped, key: Key, reverse: bool) -> Encoded:
        arrays, static = eqx.partition(self.step, eqx.is_array)
        keys = None if key is None else jax.random.split(key, self.n)

        def body(carry: tuple[Any, Array], inputs: Any) -> tuple[tuple[Any, Array], Dropped]:
            (x, total), (arrays, given, key) = carry, inputs
            x, contribution, dropped = run(eqx.combine(arrays, static), x, given, key)
            return (x, total + contribution), dropped

        if self.remat:
            body = jax.checkpoint(body)
        (x, total), dropped = jax.lax.scan(
            body,
            (x, jnp.zeros((), _wide(x))),
            (arrays, given, keys),
            length=self.n,
            reverse=reverse,
            unroll=self.unroll,
        )
        return x, total, dropped

    def initialize(self, xs: Any, key: Key = None, contexts: Context = None) -> tuple["Repeat", Any]:
        """Initialise each copy on what the copies before it make of the batch."""

        def run(step: Transform, xs: Any, key: Key) -> tuple[Transform, Any]:
            return step.initialize(xs, key, contexts)

        return self._initialize(run, xs, key, reverse=False)

    def initialize_inverse(self, zs: Any, key: Key = None, contexts: Context = None) -> tuple["Repeat", Any]:
        """Initialise each copy, the last one first, on what those after it make of the batch."""

        def run(step: Transform, zs: Any, key: Key) -> tuple[Transform, Any]:
            return step.initialize_inverse(zs, key, contexts)

        return self._initialize(run, zs, key, reverse=True)

    def _initialize(
        self, run: Callable[..., tuple[Transform, Any]], xs: Any, key: Key, reverse: bool
    ) -> tuple["Repeat", Any]:
        arrays, static = eqx.partition(self.step, eqx.is_array)
        keys = None if key is None else jax.random.split(key, self.n)

        def body(xs: Any, inputs: Any) -> tuple[Any, Any]:
            arrays, key = inputs
            step, xs = run(eqx.combine(arrays, static), xs, key)
            return xs, eqx.filter(step, eqx.is_array)

        xs, arrays = jax.lax.scan(body, xs, (arrays, keys), length=self.n, reverse=reverse)
        return eqx.tree_at(lambda r: r.step, self, eqx.combine(arrays, static)), xs


def _wide(x: Any) -> Any:
    """The dtype in which contributions are added up: that of x, float32 at least."""
    return jnp.result_type(jnp.float32, *jax.tree.leaves(x))
