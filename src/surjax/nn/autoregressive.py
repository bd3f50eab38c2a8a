"""What every autoregressive network is: its numbers for an element follow from those before it."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.nn.base import Network
from surjax.typing import Array, Context, Floats, Shape


class Recurrence(NamedTuple):
    """How the numbers for the elements are worked out one after the other.

    step(carry, mine, before) → (carry, numbers for an element): `carry` starts at `start`, `mine` is the
    element's entry of `each` (whose arrays have one leading axis, in the order of the elements), and `before`
    is the element before it, zeros for the first.
    """

    step: Callable[[Any, Any, Array], tuple[Any, Array]]
    start: Any
    each: Any = None


class Autoregressive(Network):
    """A network whose numbers for element i depend on x₁ … x_{i−1} and the context alone.

    The elements lie along the first axis of x, which has shape `shape`: numbers, the channels of an image, or
    rows of features. For each entry of an element there come out `num_params` numbers, in two ways: a call
    gives those of all elements at once, for an x that is known; `generate` makes x one element after the
    other, each as the numbers for it say. A new network writes `__call__` and `recurrence`, which must give
    the same.
    """

    shape: eqx.AbstractVar[Shape]
    num_params: eqx.AbstractVar[int]

    autoregressive: ClassVar[bool] = True

    small_products: ClassVar[bool] = False
    """Whether `generate` is made of many small products of matrices, which want to be compiled otherwise."""

    @abstractmethod
    def __call__(self, x: Any, context: Context = None) -> Floats:
        """The numbers for all elements: (shape[0]·num_params, *shape[1:]), those of one side by side."""

    @abstractmethod
    def recurrence(self, context: Context = None, dtype: Any = jnp.float32) -> Recurrence:
        """The same one element after the other, each of shape (*shape[1:], num_params); x is of `dtype`."""

    def in_order(self, x: Array) -> Array:
        """The elements in the order in which they depend on each other, or back; as they are by default."""
        return x

    def generate(
        self, decide: Callable[[Array, Any], tuple[Array, Any]], given: Any, context: Context = None
    ) -> tuple[Array, Any]:
        """x whose elements are decided in turn: x_i, note_i = decide(numbers for i, given_i).

        Every array of `given` has the elements' leading axis. Returns x and the notes, stacked.
        """
        dtype = jnp.result_type(jnp.float32, *jax.tree.leaves(given))
        step, start, each = self.recurrence(context, dtype)
        given = jax.tree.map(self.in_order, given)

        def decide_next(state: tuple[Any, Array], now: Any) -> tuple[tuple[Any, Array], tuple[Array, Any]]:
            mine, given = now
            carry, numbers = step(state[0], mine, state[1])
            x, note = decide(numbers, given)
            return (carry, x), (x, note)

        first = jnp.zeros(self.shape[1:], dtype)
        _, made = jax.lax.scan(decide_next, (start, first), (each, given), length=self.shape[0])
        return jax.tree.map(self.in_order, made)
