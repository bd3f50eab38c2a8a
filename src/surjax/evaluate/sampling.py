"""Samples of images, in blocks of bounded memory."""

from collections.abc import Callable

import jax
import numpy as np

from surjax.chunks import chunk_for, chunks
from surjax.data.image_form import ImageForm
from surjax.data.images.pixels import Pixels, pixels_of
from surjax.flow import Flow
from surjax.memory import chunk_out_of_memory

_BLOCK = 1024
"""How many images are drawn before they are made pixels, which takes far less memory."""


def sample_images(
    flow: Flow,
    form: ImageForm,
    n: int,
    seed: int = 0,
    temperature: float = 1.0,
    chunk: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    context: np.ndarray | None = None,
) -> Pixels:
    """Draw n images (n, C, H, W) in blocks of bounded memory, and count what had to be cut to be pixels.

    context: (n, …) what a conditional model is given with each.
    on_progress is called after each block with how many are drawn, and how many there will be.
    """
    chunk = chunk_for(form.shape) if chunk is None else chunk
    blocks: list[Pixels] = []
    for rows, keys in chunks(n, jax.random.key(seed), _BLOCK):
        with chunk_out_of_memory(min(n, chunk)):
            given = None if context is None else context[rows]
            samples = flow.sample(keys, len(rows), given, temperature=temperature, chunk=chunk)
        done = min(_BLOCK * (len(blocks) + 1), n)
        blocks.append(pixels_of(samples[: done - _BLOCK * len(blocks)], form))
        if on_progress is not None:
            on_progress(done, n)
    images, cut, broken = zip(*blocks, strict=True)
    return Pixels(np.concatenate(images), sum(cut), sum(broken))
