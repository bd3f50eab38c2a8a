"""What a conditional model sees of its context."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.nn.base import Network
from surjax.plain import PlainModule
from surjax.transforms.base import Transform, split_key
from surjax.typing import Context, Key


class Embedding(PlainModule):
    """h = fₙ(… f₁(context)): features of a context, made once an example, for every part of a flow.

    Each part is a network (`surjax.nn`), a transform, of which z is taken, or any other Equinox module that
    is called with ONE context: a set (`nn.DeepSet`), a sequence (`nn.GRU`), an image (`nn.ConvEncoder`), a
    label (`nn.OneHot`). `Flow(base, transform, embedding)` trains it with the flow and saves it; `Embedded`
    does the same for a distribution inside one. Networks and transforms are initialised on the first batch.

    A part that is a `Standardize` at the beginning shifts and scales contexts of NumPy's float64 before they
    are rounded to float32. Raises ConfigError without a part, or where one cannot be called.

    >>> import jax, surjax as sx
    >>> k1, k2 = jax.random.split(jax.random.key(0))
    >>> points = sx.nn.DeepSet(2, 4, key=k1)  # a context is a set of points of the plane
    >>> base = sx.Conditional(sx.Normal((3,)), sx.nn.MLP(4, 6, key=k2))
    >>> flow = sx.Flow(base, sx.ActNorm((3,)), sx.Embedding(points))
    >>> flow.sample(jax.random.key(1), 5, context=jax.numpy.ones((5, 10, 2))).shape
    (5, 3)
    """

    parts: tuple[eqx.Module, ...]

    def __init__(self, *parts: eqx.Module):
        for part in parts:
            if not (isinstance(part, eqx.Module) and (isinstance(part, Transform) or callable(part))):
                raise ConfigError(
                    f"an embedding was given a {type(part).__name__}: give a network, a transform, or "
                    "another module that is called with a context."
                )
        if not parts:
            raise ConfigError("an embedding has no parts: give a network of the context.")
        self.parts = parts

    @property
    def first(self) -> eqx.Module:
        """What sees the context itself."""
        return self.parts[0]

    def __call__(self, context: Context) -> Any:
        """The features of ONE context."""
        for part in self.parts:
            context = _features(part, context)
        return context

    def initialize(self, contexts: Context, key: Key = None) -> tuple["Embedding", Any]:
        """Initialise each part on what those before it make of a batch: (the embedding, the features)."""
        parts = []
        for part, own in zip(self.parts, split_key(key, len(self.parts)), strict=True):
            started, contexts = _started(part, contexts, own)
            parts.append(started)
        return Embedding(*parts), contexts


def _features(part: Any, context: Context) -> Any:
    """What a part makes of ONE context; raises ShapeError where a transform does not take it."""
    if not isinstance(part, Transform):
        return part(context)
    part.z_shape(jnp.shape(context))
    return part.forward(context)[0]


def _started(part: Any, contexts: Context, key: Key) -> tuple[Any, Any]:
    """(the part after its initialisation on a batch of contexts, what it makes of them)."""
    if isinstance(part, Transform):
        return part.initialize(contexts, key)
    if isinstance(part, Network):
        return part.initialize(contexts)
    return part, jax.vmap(part)(contexts)
