"""Pictures of what a model of images makes of its latents: reconstructions and paths between images."""

import os
from typing import Any

import jax
import numpy as np

from surjax.chunks import chunk_for
from surjax.data.image_form import ImageForm
from surjax.data.images.pixels import pixels_of, to_pixels
from surjax.evaluate import interpolate, reconstruct
from surjax.evaluate.interpolation import Route
from surjax.flow import Flow
from surjax.memory import chunk_out_of_memory
from surjax.pictures.image_grid import write_grid
from surjax.typing import Context


def draw_reconstructions(
    flow: Flow,
    form: ImageForm,
    images: np.ndarray,
    path: str | os.PathLike,
    *,
    seed: int = 0,
    chunk: int | None = None,
    context: Context = None,
) -> dict[str, Any]:
    """Encode and decode images, and draw each beside what came back of it.

    context: one context an image, where the model is conditional.

    Returns:
        {"max_error", "before_rounding", "changed", "n"}: the largest error in steps from one value of a
        pixel to the next, whether it was measured before values were rounded, the share of the values that
        changed, and of how many images.

    Raises:
        SurjaxError: the picture cannot be written.
    """
    with chunk_out_of_memory(min(len(images), chunk or chunk_for(form.shape))):
        again = reconstruct(flow, images, jax.random.key(seed), chunk, context)
    pairs = np.stack([images, to_pixels(again.x, form)], 1).reshape(-1, *form.shape)
    write_grid(path, pairs, form, columns=2 * max(1, round((len(images) / 2) ** 0.5)))
    return {
        "max_error": again.max_error,
        "before_rounding": again.dequantised,
        "changed": again.changed,
        "n": len(images),
    }


def draw_interpolations(
    flow: Flow,
    form: ImageForm,
    images: np.ndarray,
    path: str | os.PathLike,
    *,
    steps: int = 8,
    route: Route = "spherical",
    seed: int = 0,
    chunk: int | None = None,
) -> dict[str, Any]:
    """Draw paths through the latent space, a row each: from the first half of the images to the second.

    Returns:
        {"cut_share", "broken"}: the share of the numbers that were outside the range of pixels, and how many
        images have numbers that are not finite, which are drawn as 0.

    Raises:
        ConfigError: steps is below 2, or the route is through noise and a distribution of the model has none.
        SurjaxError: the picture cannot be written.
    """
    half = len(images) // 2
    key = jax.random.key(seed)
    with chunk_out_of_memory(min(len(images), chunk or chunk_for(form.shape))):
        paths = interpolate(flow, images[:half], images[half : 2 * half], steps, route, key, chunk)
    drawn, cut, broken = pixels_of(paths.reshape(-1, *form.shape), form)
    write_grid(path, drawn, form, columns=steps)
    return {"cut_share": cut / drawn.size, "broken": broken}
