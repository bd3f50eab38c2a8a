"""Networks of images that see vectors, and networks that see no context."""

from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ShapeError
from surjax.nn.base import Network, NetworkOfAnySize, sized_network
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
        pixels = sizes.out_shape[1:]

        def images(shapes: Any) -> Any:
            if shapes is None:
                return None
            several = bool(shapes) and not isinstance(shapes[0], int)
            return tuple(_image(shape, pixels) for shape in shapes) if several else _image(shapes, pixels)

        whole = replace(sizes, in_shape=images(sizes.in_shape), context_shape=images(sizes.context_shape))
        return cls(sized_network(network, whole, key, "VectorContext"))

    def __call__(self, x: Any, context: Context = None) -> Floats:
        """The network's output, every vector of x and of the context as an image."""
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
        several = bool(sizes.in_shape) and not isinstance(sizes.in_shape[0], int)
        first = sizes.in_shape[0] if several else sizes.in_shape
        alone = replace(sizes, in_shape=first, context_shape=None)
        return cls(sized_network(network, alone, key, "WithoutContext"))

    def __call__(self, x: Any, context: Context = None) -> Floats:
        """The network's output for x alone."""
        return self.network(jax.tree.leaves(x)[0])

    def initialize(self, xs: Any, contexts: Context = None) -> tuple["WithoutContext", Batch]:
        """Initialise the network on x alone."""
        network, ys = self.network.initialize(jax.tree.leaves(xs)[0])
        return eqx.tree_at(lambda without: without.network, self, network), ys


def _image(shape: Any, pixels: Shape) -> Shape:
    """The shape of a vector's image; that of an image as it is."""
    return (*shape, *pixels) if len(shape) == 1 else tuple(shape)


def _as_images(x: Any, context: Context) -> tuple[Any, Any]:
    """x and the context with every vector as an image of the height and width of the first that is one."""
    pixels = next((jnp.shape(leaf)[-2:] for leaf in jax.tree.leaves(x) if jnp.ndim(leaf) == 3), None)
    if pixels is None:
        raise ShapeError("a network of images was given vectors alone: give it an image (C, H, W).")

    def image(leaf: Any) -> Any:
        if jnp.ndim(leaf) != 1:
            return leaf
        return jnp.broadcast_to(jnp.asarray(leaf)[:, None, None], (*leaf.shape, *pixels))

    return jax.tree.map(image, x), jax.tree.map(image, context)
