"""The pictures of a run of images."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np

from surjax.data.form import ImageForm
from surjax.errors import ConfigError
from surjax.evaluate import chunk_for, interpolate, reconstruct
from surjax.evaluate.images import Pixels, pixels_of, to_pixels, write_grid
from surjax.evaluate.interpolation import Route
from surjax.files import write_atomically
from surjax.flow import Flow
from surjax.memory import chunk_out_of_memory
from surjax.runs.run import Run

_BLOCK = 1024
"""How many images are drawn before they are made uint8, which takes far less memory."""


def sample_images(
    flow: Flow,
    form: ImageForm,
    n: int,
    seed: int = 0,
    temperature: float = 1.0,
    chunk: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Pixels:
    """Draw n images (n, C, H, W) in blocks of bounded memory, and count what had to be cut to be pixels.

    on_progress is called after each block with how many are drawn, and how many there will be.
    """
    chunk = chunk_for(form.shape) if chunk is None else chunk
    key, size, blocks = jax.random.key(seed), min(n, _BLOCK), []
    for start in range(0, n, _BLOCK):
        with chunk_out_of_memory(min(n, chunk)):
            block_key = jax.random.fold_in(key, start) if start else key
            # the last block is as long as the others, so that one program is compiled
            samples = flow.sample(block_key, size, temperature=temperature, chunk=chunk)
            blocks.append(pixels_of(samples[: n - start], form))
        if on_progress is not None:
            on_progress(min(start + _BLOCK, n), n)
    images, cut, broken = zip(*blocks, strict=True)
    return Pixels(np.concatenate(images), sum(cut), sum(broken))


def write_images(path: str | os.PathLike, images: np.ndarray) -> None:
    """Write images as an .npy, or as an .npz that calls them "samples"; whole or not at all."""
    path = Path(path)
    with write_atomically(path) as temporary, temporary.open("wb") as file:
        if path.suffix.lower() == ".npz":
            np.savez(file, samples=images)
        else:
            np.save(file, images, allow_pickle=False)


def draw_reconstructions(
    run: Run, images: np.ndarray, path: str | os.PathLike, *, seed: int = 0, chunk: int | None = None
) -> dict[str, Any]:
    """Encode and decode images, and draw each beside what came back of it.

    Returns:
        {"max_error", "before_rounding", "changed", "n"}: the largest error in steps from one value of a
        pixel to the next, whether it was measured before values were rounded, the share of the values that
        changed, and of how many images.

    Raises:
        SurjaxError: the picture cannot be written.
    """
    form = image_form(run)
    with chunk_out_of_memory(min(len(images), chunk or chunk_for(form.shape))):
        again = reconstruct(run.flow(), images, jax.random.key(seed), chunk)
    pairs = np.stack([images, to_pixels(again.x, form)], 1).reshape(-1, *form.shape)
    write_grid(path, pairs, form, columns=2 * max(1, round((len(images) / 2) ** 0.5)))
    return {
        "max_error": again.max_error,
        "before_rounding": again.dequantised,
        "changed": again.changed,
        "n": len(images),
    }


def draw_interpolations(
    run: Run,
    images: np.ndarray,
    path: str | os.PathLike,
    *,
    steps: int = 8,
    route: Route = "spherical",
    seed: int = 0,
    chunk: int | None = None,
) -> None:
    """Draw paths through the latent space, a row each: from the first half of the images to the second.

    Raises:
        ConfigError: steps is below 2, or the route is through noise and a distribution of the model has none.
        SurjaxError: the picture cannot be written.
    """
    form, half = image_form(run), len(images) // 2
    key = jax.random.key(seed)
    with chunk_out_of_memory(min(len(images), chunk or chunk_for(form.shape))):
        paths = interpolate(run.flow(), images[:half], images[half : 2 * half], steps, route, key, chunk)
    write_grid(path, to_pixels(paths.reshape(-1, *form.shape), form), form, columns=steps)


def image_form(run: Run) -> ImageForm:
    """The shape and bits of a run's images, or ConfigError where it is a run of a table."""
    if not isinstance(run.record.form, ImageForm):
        raise ConfigError(f"{run.folder} is a run of a table: give one of images.")
    return run.record.form
