"""Random changes to the images of a batch, made on the device."""

from typing import Any

import jax
import jax.numpy as jnp

from surjax.typing import Array


def augmented(key: Any, images: Array, flip: bool, translate: int) -> Array:
    """Images of shape (n, C, H, W), `flipped` where asked and `translated` by at most so many pixels."""
    flip_key, translate_key = jax.random.split(key)
    if flip:
        images = flipped(flip_key, images)
    return translated(translate_key, images, translate) if translate else images


def flipped(key: Any, images: Array) -> Array:
    """Images of shape (n, C, H, W), each of them mirrored left to right with probability ½.

    >>> flipped(jax.random.key(0), jnp.arange(12, dtype=jnp.uint8).reshape(2, 1, 2, 3)).dtype
    dtype('uint8')
    """
    mirror = jax.random.bernoulli(key, shape=(len(images), 1, 1, 1))
    return jnp.where(mirror, images[..., ::-1], images)


def translated(key: Any, images: Array, most: int) -> Array:
    """Images of shape (n, C, H, W), each moved by whole pixels, at most `most` along each axis.

    Every offset is as likely as any other; what comes in at an edge repeats the pixels of that edge.
    """
    offsets = jax.random.randint(key, (len(images), 2), 0, 2 * most + 1)
    wide = jnp.pad(images, ((0, 0), (0, 0), (most, most), (most, most)), mode="edge")

    def crop(image: Array, offset: Array) -> Array:
        return jax.lax.dynamic_slice(image, (0, offset[0], offset[1]), images.shape[1:])

    return jax.vmap(crop)(wide, offsets)
