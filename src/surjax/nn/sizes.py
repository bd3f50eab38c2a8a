"""The shapes that a network is built for, and the sizes that follow from them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from surjax.errors import ConfigError
from surjax.typing import Shape

Shapes = Shape | Sequence[Shape]
"""The shape of an array, or those of several arrays."""


def parameters_shape(shape: Shape, num_params: int) -> Shape:
    """The shape in which a network gives `num_params` numbers for each element of `shape`.

    It is (shape[0]·num_params, *shape[1:]), those of one element side by side; (num_params,) for a scalar.
    """
    return (shape[0] * num_params, *shape[1:]) if shape else (num_params,)


@dataclass(frozen=True)
class Sizes:
    """What a network that is yet to be built is to take and to give: see `Network.sized`.

    It takes an x and, unless context_shape is None, a context, and it gives num_params numbers for each
    element of `shape`: an array of shape `out_shape`. in_shape and context_shape are the shape of an array,
    or a sequence of shapes where there are several arrays.

    What cannot be for these shapes raises ConfigError: `out_size` where no vector is to be given, `image`
    where x is none, and `in_channels`, `context_channels` and `out_channels` where not everything has a
    shape (C, H, W) of one height and width.

    >>> sizes = Sizes(in_shape=(2,), shape=(3,), num_params=5, context_shape=(4,))
    >>> sizes.in_size, sizes.out_size
    (6, 15)
    """

    in_shape: Shapes
    shape: Shape
    num_params: int
    context_shape: Shapes | None = None

    @property
    def out_shape(self) -> Shape:
        """The shape of what the network gives."""
        return parameters_shape(self.shape, self.num_params)

    @property
    def x_size(self) -> int:
        """How many numbers x has."""
        return _count(self.in_shape)

    @property
    def context_size(self) -> int:
        """How many numbers the context has."""
        return 0 if self.context_shape is None else _count(self.context_shape)

    @property
    def in_size(self) -> int:
        """How many numbers x and the context have together."""
        return self.x_size + self.context_size

    @property
    def out_size(self) -> int:
        """How many numbers the network gives, as a vector."""
        if len(self.out_shape) != 1:
            raise ConfigError(
                f"a network that gives a vector was asked for an array of shape {self.out_shape}: take a "
                "network of images, such as nn.GlowConv."
            )
        return self.out_shape[0]

    @property
    def in_channels(self) -> int:
        """How many channels x has."""
        return self._channels(self.in_shape)

    @property
    def context_channels(self) -> int:
        """How many channels the context has."""
        return 0 if self.context_shape is None else self._channels(self.context_shape)

    @property
    def out_channels(self) -> int:
        """How many channels the network gives."""
        return self._channels(self.out_shape)

    @property
    def image(self) -> Shape:
        """The shape (C, H, W) of x, for a network that takes one image and not several beside each other."""
        first, *others = _each(self.in_shape)
        if others or len(first) != 3:
            raise ConfigError(
                f"a network of one image was asked for x of shape {self.in_shape}: it takes (C, H, W); for "
                "vectors take nn.MLP, for several images beside each other nn.DenseNet."
            )
        return first

    def refuse_context(self, network: type) -> None:
        """Raise ConfigError where there is a context, for a network that sees none."""
        if self.context_shape is not None:
            raise ConfigError(
                f"{network.__name__} sees no context and was asked for one of shape {self.context_shape}: "
                "leave context_shape out or take a network that sees one."
            )

    def _channels(self, of: Shapes) -> int:
        every = [shape for shapes in (self.in_shape, self.context_shape) for shape in _each(shapes)]
        if any(len(shape) != 3 or shape[1:] != self.out_shape[1:] for shape in every):
            raise ConfigError(
                f"a network of images was asked to give shape {self.out_shape} out of "
                f"{' and '.join(map(str, every))}: it takes and gives (C, H, W) of one height and width; "
                "for vectors take nn.MLP."
            )
        return sum(shape[0] for shape in _each(of))


def _each(shapes: Any) -> tuple[Shape, ...]:
    """The shape of each array; of none for None."""
    if shapes is None:
        return ()
    several = any(isinstance(entry, Sequence) for entry in shapes)
    return tuple(map(tuple, shapes)) if several else (tuple(shapes),)


def _count(shapes: Shapes) -> int:
    return sum(math.prod(shape) for shape in _each(shapes))
