"""What a part of a model does in training and nowhere else: a penalty on its parameters, noise of its own.

Training asks every part of a model, whatever its class: a part that has the methods of `Penalized` or of
`Noisy` takes part.
"""

from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp

from surjax.parts import parts_of
from surjax.typing import Array, PRNGKey


@runtime_checkable
class Penalized(Protocol):
    """A part of a model with parameters that training is to keep small."""

    def penalty(self) -> Array:
        """A scalar, of which training adds `scale_penalty` times to the loss.

        It is that of the part's own parameters; the parts inside it are asked for theirs.
        """
        ...


@runtime_checkable
class Noisy(Protocol):
    """A part of a model that draws in training alone, such as `surjax.nn.Dropout`."""

    @property
    def noisy(self) -> bool:
        """Whether there is anything that it draws, which its settings alone decide."""
        ...

    def with_noise(self, key: PRNGKey) -> Any:
        """The part as the training of ONE example runs it, holding what it draws from.

        Every part of a model is given the same key, into which it folds what tells it from the others. Where
        it is one of scanned copies (`Repeat`) its arrays have a leading axis, and so must have its keys.
        """
        ...


def penalty(model: Any) -> Array:
    """The sum of the penalties of all parts of a model, a scalar; 0 where none has one."""
    terms = [part.penalty() for part in parts_of(model, Penalized, nested=True)]
    return jnp.asarray(sum(terms), jnp.result_type(float))


def with_noise(model: Any, key: PRNGKey) -> Any:
    """A model of ONE example as training runs it: every part that is `Noisy` draws.

    >>> import jax, surjax as sx
    >>> dropout = sx.nn.Dropout(0.5, key=jax.random.key(0))
    >>> y = with_noise(dropout, jax.random.key(1))(jax.numpy.ones(1000))
    >>> sorted({float(number) for number in y})
    [0.0, 2.0]
    """
    whole = model.with_noise(key) if isinstance(model, Noisy) else model

    def is_inside(part: Any) -> bool:
        return part is not whole and isinstance(part, Noisy)

    return jax.tree.map(
        lambda part: with_noise(part, key) if is_inside(part) else part, whole, is_leaf=is_inside
    )


def is_noisy(model: Any) -> bool:
    """Whether training a model draws for a part of it."""
    return any(part.noisy for part in parts_of(model, Noisy, nested=True))
