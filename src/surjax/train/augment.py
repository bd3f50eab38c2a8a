"""Random changes to the images of a batch, made on the device."""

from typing import Any

import jax
import jax.numpy as jnp

from surjax.errors import ConfigError, DataError
from surjax.train.config import TrainConfig
from surjax.typing import Array, Shape


def are_images(shape: Shape) -> bool:
    """Whether examples of this shape are taken for images (C, H, W): what has three axes is.

    >>> are_images((3, 32, 32)), are_images((2,))
    (True, False)
    """
    return len(shape) == 3


def require_images(config: TrainConfig, shape: Shape) -> None:
    """Raise ConfigError where images are to be flipped, moved or cropped, and the examples are none."""
    if config.changes_images and not are_images(shape):
        raise ConfigError(
            "flip, translate, shift and crop are for images of shape (C, H, W), and the model takes rows of "
            f"shape {shape}: leave them out."
        )


def augmented(
    key: Any,
    images: Array,
    flip: bool,
    translate: int,
    shift: tuple[int, int] = (0, 0),
    crop: int | None = None,
) -> Array:
    """Images of shape (n, C, H, W), `flipped` where asked, `translated` by at most so many pixels, `shifted`
    by so many, and `cropped` to so many."""
    flip_key, translate_key = jax.random.split(key)
    if flip:
        images = flipped(flip_key, images)
    if translate:
        images = translated(translate_key, images, translate)
    if shift != (0, 0):
        images = shifted(jax.random.fold_in(key, 2), images, *shift)
    return images if crop is None else cropped(jax.random.fold_in(key, 3), images, crop)


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
    return _cropped(images, offsets, most)


def shifted(key: Any, images: Array, least: int, most: int) -> Array:
    """Images of shape (n, C, H, W), each moved along its height or its width, with probability ½, by `least`
    to `most` whole pixels: down or right where they are above 0, else up or left.

    Every number of pixels is as likely as any other; what comes in at an edge repeats the pixels of that
    edge.
    """
    axis_key, pixels_key = jax.random.split(key)
    pixels = jax.random.randint(pixels_key, (len(images),), least, most + 1)
    down = jax.random.bernoulli(axis_key, shape=(len(images),))
    margin = max(abs(least), abs(most))
    return _cropped(images, margin - jnp.stack([pixels * down, pixels * ~down], axis=1), margin)


def cropped(key: Any, images: Array, side: int) -> Array:
    """A part of each image, of side × side pixels: every place of it in the image is as likely.

    >>> cropped(jax.random.key(0), jnp.zeros((2, 3, 8, 6)), 4).shape
    (2, 3, 4, 4)
    """
    room = jnp.array([length - side + 1 for length in images.shape[2:]])
    offsets = jax.random.randint(key, (len(images), 2), 0, room)
    return _cropped(images, offsets, 0, side)


def cropped_shape(shape: Shape, side: int | None) -> Shape:
    """The shape (C, side, side) of what is cropped of images of a shape; None leaves it as it is.

    Raises DataError where the images are smaller.
    """
    if side is None or not are_images(shape):
        return tuple(shape)
    if side > min(shape[1:]):
        size = "×".join(map(str, shape[1:]))
        raise DataError(f"crop is {side} and the images are {size}: crop to less than that.")
    return (shape[0], side, side)


def centre(images: Array, side: int) -> Array:
    """The part of side × side pixels in the middle of each image (n, C, H, W)."""
    top, left = ((length - side) // 2 for length in images.shape[2:])
    return images[:, :, top : top + side, left : left + side]


def _cropped(images: Array, offsets: Array, margin: int, side: int | None = None) -> Array:
    """What lies at each image's offset in it, once its edges are repeated `margin` times: as large as the
    image, or of side × side pixels."""
    shape = images.shape[1:] if side is None else (images.shape[1], side, side)
    wide = jnp.pad(images, ((0, 0), (0, 0), (margin, margin), (margin, margin)), mode="edge")

    def crop(image: Array, offset: Array) -> Array:
        return jax.lax.dynamic_slice(image, (0, offset[0], offset[1]), shape)

    return jax.vmap(crop)(wide, offsets)
