"""The two colours of a checkerboard, and networks that see one of them in its place."""

from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.nn.base import Network, NetworkOfAnySize, sized_network
from surjax.nn.sizes import Sizes
from surjax.typing import Array, Context, Floats, Key


def split_colours(x: Array, columns: bool = False) -> tuple[Array, Array]:
    """An image (C, H, W) as its black pixels, those with row + column even, and its white ones.

    Both have shape (C, H, W/2): each row's pixels move together. columns: black are the even columns.
    """
    channels, height, width = x.shape
    pairs = x.reshape(channels, height, width // 2, 2)
    return _sort_by_colour(pairs[..., 0], pairs[..., 1], columns)


def join_colours(black: Array, white: Array, columns: bool = False) -> Array:
    """The image whose black and white pixels these are: the inverse of `split_colours`."""
    channels, height, half = black.shape
    pairs = jnp.stack(_sort_by_colour(black, white, columns), axis=-1)
    return pairs.reshape(channels, height, 2 * half)


def _sort_by_colour(even: Array, odd: Array, columns: bool) -> tuple[Array, Array]:
    """Swap the two in every odd row; done twice, it changes nothing."""
    if columns:
        return even, odd
    odd_row = jnp.arange(even.shape[1])[:, None] % 2 == 1
    return jnp.where(odd_row, odd, even), jnp.where(odd_row, even, odd)


class OnCheckerboard(Network):
    """A convolutional network that sees the pixels of one colour in their places, and answers for the others.

    The pixels of one colour, of shape (C, H, W/2) as `Checkerboard` has them, are put back on a board
    whose other squares are 0, and `network` is given that and the mask, of 1 where the pixels are, in
    C + 1 channels (Dinh et al. 2017, RealNVP, section 3.4). Of its output, (K, H, W), the other colour's
    pixels are kept: shape (K, H, W/2). white: the pixels that it sees are the white ones. A context has the
    height and width of the board.
    """

    network: Network
    white: bool = eqx.field(static=True, default=False, kw_only=True)

    @classmethod
    def sized(
        cls, sizes: Sizes, network: NetworkOfAnySize, *, key: Key, white: bool = False
    ) -> "OnCheckerboard":
        """A network of whole boards, which have twice the width; the context has their height and width."""
        channels, height, half = sizes.image
        board = (channels + 1, height, 2 * half)
        whole = replace(sizes, in_shape=board, shape=(*sizes.shape[:-1], 2 * half))
        return cls(sized_network(network, whole, key, "OnCheckerboard"), white=white)

    def __call__(self, x: Array, context: Context = None) -> Floats:
        """The network's output at the other colour's pixels."""
        return self._others(self.network(self._board(x), context))

    def initialize(self, xs: Any, contexts: Context = None) -> tuple["OnCheckerboard", Any]:
        """Initialise the network on a batch of boards."""
        network, outputs = self.network.initialize(jax.vmap(self._board)(xs), contexts)
        return OnCheckerboard(network, white=self.white), jax.vmap(self._others)(outputs)

    def _board(self, x: Array) -> Array:
        mine = jnp.concatenate([x, jnp.ones_like(x[:1])])
        others = jnp.zeros_like(mine)
        return join_colours(others, mine) if self.white else join_colours(mine, others)

    def _others(self, output: Array) -> Array:
        black, white = split_colours(output)
        return black if self.white else white
