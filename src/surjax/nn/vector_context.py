"""Networks of images that see vectors, and networks that see no context."""

from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ShapeError
from surjax.nn.base import Network, NetworkOfAnySize, sized_network
from surjax.nn.conv import beside
from surjax.nn.sizes import Sizes
from surjax.typing import Batch, Context, Floats, Key, Shape


class VectorContext(Network):
    """A network of images that sees vectors too: each of their numbers as a channel that is everywhere alike.

    So the class of an image, one-hot (`OneHot`), reaches every pixel of convolutional networks. The vectors
    may stand among what the network is of or in its context, and the network is built for an image of as many
    channels in the place of each: `VectorContext.of(GlowConv.of(width=64))` leaves that to what builds it.

    >>> import jax, surjax as sx
    >>> net = sx.nn.VectorContext(sx.nn.GlowConv(2, 4, width=8, context_channels=10, key=jax.random.key(0)))
    >>> net(jax.numpy.ones((2, 6, 6)), jax.numpy.zeros(10)).shape
    (4, 6, 6)
    """

    network: Network

    @classmethod
    def sized(cls, sizes: Sizes, network: NetworkOfAnySize, *, key: Key) -> "VectorContext":
        """A network of the images that the vectors become, of the height and width of what is given."""
        pixels, context = sizes.out_shape[1:], sizes.context_shape
        stacked = (sum(shape[0] for shape in _each(sizes.in_shape)), *pixels)
        seen = None if context is None else tuple(_image(shape, pixels) for shape in _each(context))
        whole = replace(sizes, in_shape=stacked, context_shape=seen)
        return cls(sized_network(network, whole, key, "VectorContext"))

    def __call__(self, x: Any, context: Context = None) -> Floats:
        """The network's output, every vector of x and of the context as an image, those of x beside it."""
        return self.network(*_as_images(x, context))

    def initialize(self, xs: Any, contexts: Context = None) -> tuple["VectorContext", Batch]:
        """Initialise the network."""
        network, ys = self.network.initialize(*jax.vmap(_as_images)(xs, contexts))
        return VectorContext(network), ys


class WithoutContext(Network):
    """A network that sees x, and nothing of a context: of several arrays the first alone.

    It stands in a conditional model for what need not know what is given, such as the features of an image
    that variational dequantisation sees.
    """

    network: Network

    @classmethod
    def sized(cls, sizes: Sizes, network: NetworkOfAnySize, *, key: Key) -> "WithoutContext":
        """A network of the first array alone."""
        alone = replace(sizes, in_shape=_each(sizes.in_shape)[0], context_shape=None)
        return cls(sized_network(network, alone, key, "WithoutContext"))

    def __call__(self, x: Any, context: Context = None) -> Floats:
        """The network's output for x alone."""
        return self.network(jax.tree.leaves(x)[0])

    def initialize(self, xs: Any, contexts: Context = None) -> tuple["WithoutContext", Batch]:
        """Initialise the network on x alone."""
        network, ys = self.network.initialize(jax.tree.leaves(xs)[0])
        return eqx.tree_at(lambda without: without.network, self, network), ys


def _each(shapes: Any) -> Any:
    """The shape of each array, of one or of several."""
    return (shapes,) if not shapes or isinstance(shapes[0], int) else shapes


def _image(shape: Any, pixels: Shape) -> Shape:
    """The shape of a vector's image; that of an image as it is."""
    return (*shape, *pixels) if len(shape) == 1 else tuple(shape)


def _as_images(x: Any, context: Context) -> tuple[Any, Any]:
    """(the images and vectors of x beside each other, the context), with every vector as an image of the
    height and width of the first that is one."""
    pixels = next((jnp.shape(leaf)[-2:] for leaf in jax.tree.leaves(x) if jnp.ndim(leaf) == 3), None)
    if pixels is None:
        raise ShapeError("a network of images was given vectors alone: give it an image (C, H, W).")

    def image(leaf: Any) -> Any:
        if jnp.ndim(leaf) != 1:
            return leaf
        return jnp.broadcast_to(jnp.asarray(leaf)[:, None, None], (*leaf.shape, *pixels))

    return beside(jax.tree.map(image, x)), jax.tree.map(image, context)
