"""Super-resolution: what larger images a progressive model thinks that small ones are of."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from surjax.chunks import chunk_for
from surjax.data.image_form import ImageForm
from surjax.data.images.pixels import to_pixels
from surjax.distributions import Given
from surjax.errors import ConfigError, DataError
from surjax.flow import Flow
from surjax.models.base import StagedModel
from surjax.models.stages import is_given, pyramids_of, resized, stage_shapes, stages_of
from surjax.transforms import Pyramid


def super_resolve(
    flow: Flow,
    images: Any,
    key: Any,
    *,
    to: int | None = None,
    n: int = 1,
    temperature: float | Sequence[float] = 1.0,
    model: StagedModel | None = None,
    bits: int = 8,
    chunk: int | None = None,
) -> np.ndarray:
    """Draw larger images of which the given ones are the small ones.

        x_{2h} ~ p(x_{2h} | x_h),   x_{4h} ~ p(x_{4h} | x_{2h}),   …

    Images of a size that the model makes go through its own stages upwards. Those of any other size go
    through the last of its stages, which are convolutional: see `pyramids_up`.

    Args:
        flow: a progressive flow (see `surjax.models.stages`).
        images: uint8 (k, C, h, w) from 0 to 2^bits − 1, uint16 where bits is more than 8.
        key: a key of JAX, as `jax.random.key(seed)` gives it.
        to: the height of the images that are made; without it that of the largest of the model, or twice
            the height of images of another size.
        n: how many are drawn for each image.
        temperature: scales the noise; a number, or one for each stage that is used, the smallest first.
            At 0 all draws are the same where the model dequantises with uniform noise.
        model: the model's configuration, for images of other sizes.
        bits: of a channel of a pixel.
        chunk: how many images are drawn at once; about half a million numbers' worth without it.

    Returns:
        (k, n, C, H, W), whole numbers in float32, as drawn: they may lie outside 0 … 2^bits − 1, since a
        stage may give mass to details that no image has.

    Raises:
        DataError: the images are of another type, or have other axes, channels or values.
        ConfigError: there is no such `to`, a stage is not trained, the images do not fit it, or another
            argument is out of its range.
    """
    images = _checked(flow, images, bits)
    pyramids = pyramids_up(flow, images.shape[2:], to=to, model=model, bits=bits)
    temperatures = _temperatures(temperature, len(pyramids))
    for name, number in (("n", n), ("chunk", chunk)):
        if number is not None and number < 1:
            raise ConfigError(f"{name} is {number} and must be at least 1.")
    x = jnp.asarray(np.repeat(images[:, None], n, 1), jnp.float32)
    for step, (pyramid, scale) in enumerate(zip(pyramids, temperatures, strict=True)):
        stage = Flow(Given(pyramid.halved_shape), pyramid)
        at_once = chunk_for(pyramid.shape) if chunk is None else chunk
        x = stage.decode(x, key=jax.random.fold_in(key, step), temperature=scale, chunk=at_once)
    return np.asarray(x, np.float32)


def pyramids_up(
    flow: Flow,
    size: tuple[int, ...],
    *,
    to: int | None = None,
    model: StagedModel | None = None,
    bits: int = 8,
) -> tuple[Pyramid, ...]:
    """The pyramids that lead from images of `size` (h, w) up to height `to`, in the order of their use.

    From a size of the model, its largest apart, they are its own. From any other one they are its last ones,
    as many as there are doublings from h to `to`, with the parameters that they have, for images of that
    size; `model` is needed to build them.

    Raises:
        ConfigError: see `super_resolve`.
    """
    own, shapes = pyramids_of(flow), stage_shapes(flow)
    sizes = [shape[1:] for shape in shapes]
    is_own = tuple(size) in sizes[1:]
    start = sizes.index(tuple(size)) if is_own else len(own)
    heights = [size[0] * 2 ** (i + 1) for i in range(start)]
    to = (heights[-1] if is_own else heights[0]) if to is None else to
    if to not in heights:
        raise ConfigError(
            f"to is {to} and of images {size[0]}×{size[1]} this model makes images of the heights "
            f"{', '.join(map(str, heights))}: choose one of them."
        )
    count = heights.index(to) + 1
    first = start if is_own else count
    used = range(first - 1, first - 1 - count, -1)
    for i in used:
        _require_trained(flow, i)
    if is_own:
        return tuple(own[i] for i in used)
    if model is None:
        known = ", ".join(f"{height}×{width}" for height, width in sizes[:0:-1])
        raise ConfigError(
            f"images {size[0]}×{size[1]} are of none of the sizes {known} that the model makes larger: give "
            "such images, or the model's configuration, model=…, so that its last stages take them."
        )
    channels, factors = shapes[0][0], [2 ** (step + 1) for step in range(count)]
    return tuple(
        resized(model, own[i], i, (channels, size[0] * factor, size[1] * factor), bits)
        for i, factor in zip(used, factors, strict=True)
    )


def smaller_images(pyramids: Sequence[Pyramid], images: Any) -> list[np.ndarray]:
    """Images (…, C, H, W) of whole numbers, and the smaller ones that pyramids make of them, one after the
    other.

    The first pyramid is that of the images, as in `pyramids_of`. What comes is of their type.
    """
    images = np.asarray(images)
    x, made = jnp.asarray(images.reshape(-1, *images.shape[-3:])), [images]
    for pyramid in pyramids:
        x = jax.vmap(pyramid.split)(x)[0]
        made.append(np.asarray(x, images.dtype).reshape(*images.shape[:-3], *x.shape[1:]))
    return made


class Consistency(NamedTuple):
    """How many pixels of small images come back when the large ones are made small again.

    A pixel is counted once a channel and once a draw. clipped: of how many numbers of the large images, of
    `numbers` in all, the value was cut to the range that there is. pixels: those of the small images whose
    block has no such number, kept: how many of them come back; this is all of them. clipped_pixels and
    clipped_kept: the same of those whose block has one.
    """

    clipped: int
    numbers: int
    pixels: int
    kept: int
    clipped_pixels: int
    clipped_kept: int

    @property
    def clipped_share(self) -> float:
        """The share of the numbers that were cut."""
        return self.clipped / self.numbers

    @property
    def share(self) -> float | None:
        """The share of `pixels` that comes back; None where there are none."""
        return self.kept / self.pixels if self.pixels else None

    def to_json(self) -> dict[str, Any]:
        """Every field, and the share, as a dict of plain values."""
        return self._asdict() | {"share": self.share}


def consistency(pyramids: Sequence[Pyramid], small: Any, drawn: Any, bits: int = 8) -> Consistency:
    """Cut what was drawn to the range that there is, make it small again, and count what comes back.

    Args:
        pyramids: those that were used, the smallest first, as `pyramids_up` gives them.
        small: what was given, (k, C, h, w).
        drawn: what `super_resolve` made of it, (k, n, C, H, W).
        bits: of a channel of a pixel.
    """
    small, drawn = np.asarray(small), np.asarray(drawn)
    outside = ~((drawn >= 0) & (drawn <= 2**bits - 1))
    pixels = to_pixels(drawn, ImageForm(drawn.shape[2:], bits))
    came_back = smaller_images(pyramids[::-1], pixels)[-1] == small[:, None]
    height, width = small.shape[2:]
    factor = drawn.shape[-2] // height
    blocks = outside.reshape(*drawn.shape[:3], height, factor, width, factor)
    cut = blocks.any((-3, -1))
    return Consistency(
        clipped=int(outside.sum()),
        numbers=outside.size,
        pixels=int((~cut).sum()),
        kept=int((came_back & ~cut).sum()),
        clipped_pixels=int(cut.sum()),
        clipped_kept=int((came_back & cut).sum()),
    )


def _checked(flow: Flow, images: Any, bits: int) -> np.ndarray:
    """The images as an array, or DataError where they are none that the flow takes."""
    images, channels = np.asarray(images), pyramids_of(flow)[0].shape[0]
    stored = ImageForm(pyramids_of(flow)[0].shape, bits).dtype
    if images.dtype != stored:
        raise DataError(
            f"the images are {images.dtype} and must be {stored} from 0 to {2**bits - 1}: convert them, for "
            f"instance by ({2**bits - 1} * x).round().astype('{stored}') where x is from 0 to 1."
        )
    if images.ndim != 4 or 0 in images.shape:
        raise DataError(
            f"the images have shape {images.shape} and must have (k, C, h, w), with one or more of each: "
            "reshape them."
        )
    if images.shape[1] != channels:
        raise DataError(
            f"the images have {_channels(images.shape[1])} and the model takes images of "
            f"{_channels(channels)}: convert them."
        )
    if images.max() >= 2**bits:
        raise DataError(
            f"the images have the value {images.max()}, which has more than the {bits} bits of the model: "
            f"give values from 0 to {2**bits - 1}."
        )
    return images


def _channels(count: int) -> str:
    return {1: "1 channel (grey)", 3: "3 channels (RGB)"}.get(count, f"{count} channels")


def _temperatures(temperature: float | Sequence[float], count: int) -> Sequence[float]:
    """One for each stage that is used."""
    given = temperature if isinstance(temperature, Sequence) else [temperature] * count
    if len(given) != count:
        raise ConfigError(
            f"{len(given)} temperatures are given, and the number of stages that are used is {count}: give "
            "one, or one for each stage."
        )
    for one in given:
        if not one >= 0:
            raise ConfigError(f"temperature is {one} and must be 0 or more.")
    return given


def _require_trained(flow: Flow, index: int) -> None:
    """ConfigError where a stage, the index-th from the largest image down, is left out of the flow."""
    stages, heights = stages_of(flow), [shape[1] for shape in stage_shapes(flow)]
    if is_given(stages[index]):
        there = [str(h) for h, stage in zip(heights, stages, strict=True) if not is_given(stage)]
        raise ConfigError(
            f"the stage that makes images of {heights[index]} is not trained in this model: it has "
            f"{', '.join(there) or 'none'}, so take a model that has that stage, or other sizes."
        )
