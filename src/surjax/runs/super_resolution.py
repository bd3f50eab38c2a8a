"""Super-resolution with the model of a run: what `surjax superresolve` does."""

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from surjax.chunks import chunk_for
from surjax.data import ImageForm
from surjax.data.images.pixels import to_8_bits, to_pixels
from surjax.errors import ConfigError, DataError, SurjaxError
from surjax.evaluate import super_resolve
from surjax.evaluate.image_quality import bicubic, nearest, psnr, ssim
from surjax.evaluate.super_resolution import consistency, pyramids_up, smaller_images
from surjax.files import cannot_write, remove_left_behind, temporary_beside, write_atomically
from surjax.flow import Flow
from surjax.memory import chunk_out_of_memory
from surjax.modalities.stages import staged_model
from surjax.models.stages import pyramids_of
from surjax.pictures.super_resolution import SuperResolved, draw_super_resolution
from surjax.runs.run import Run


class Pictures(NamedTuple):
    """What is to be made larger.

    small: (k, C, h, w), like the run's images. truth: the large images that they are the small ones of, where
    they are known. fingerprint: of the images as they were read. reduced: how many bits each value had, where
    it was given fewer, as those of the run have.
    """

    small: np.ndarray
    fingerprint: str
    truth: np.ndarray | None = None
    reduced: int | None = None


def read_pictures(
    run: Run,
    source: str | os.PathLike,
    *,
    rows: int | None = None,
    seed: int = 0,
    data_dir: str | os.PathLike | None = None,
) -> Pictures:
    """Images to make larger, from a picture, a folder of them, an array, or a set that has a name.

    They are given as few bits as those of the run have, and are otherwise taken as they are; of a set that
    comes with a test part it is that part.

    Args:
        run: the run whose model takes them.
        source: what `surjax.data.load_images` takes.
        rows: how many, chosen at random; all without it.
        seed: of that choice.
        data_dir: where published sets lie; where they did in training without it.

    Raises:
        DataError: they cannot be read, or have fewer bits than those of the run.
    """
    run = run.at(None if data_dir is None else Path(data_dir))
    form, settings = run.require(ImageForm), run.record.settings
    chosen: Any = settings.data.load_unchanged(os.fspath(source), form, settings.dtype)
    if rows is not None and rows < len(chosen):
        chosen = chosen.choose(rows, seed)
    if chosen.bits < form.bits:
        raise DataError(
            f"{os.fspath(source)} holds images of {chosen.bits} bits and the model takes {form.bits} bits: "
            "give such."
        )
    reduced = chosen.bits if chosen.bits > form.bits else None
    small = np.asarray(chosen.reduce_bits(form.bits).values if reduced else chosen.values)
    return Pictures(small, chosen.fingerprint, reduced=reduced)


def own_pictures(
    run: Run,
    flow: Flow,
    split: str = "test",
    *,
    rows: int | None = None,
    seed: int = 0,
    start: int | None = None,
    to: int | None = None,
) -> Pictures:
    """A run's own images, scaled down by the model's own pyramids, with the truth.

    Args:
        run: the run.
        flow: its model.
        split: which part of the data they are from.
        rows: how many, chosen at random; all without it.
        seed: of that choice.
        start: the height that they are scaled down to; half of the largest without it.
        to: the height that they will be made again; the largest without it.

    Raises:
        ConfigError: the model makes no images of one of these heights from those of the other.
        DataError, RunError: see `Run.splits`.
    """
    pyramids, form = pyramids_of(flow), run.require(ImageForm)
    heights = [pyramid.halved_shape[1] for pyramid in pyramids]
    start = heights[0] if start is None else start
    if start not in heights:
        raise ConfigError(
            f"from is {start} and the images that this model makes larger have the heights "
            f"{', '.join(map(str, heights))}: choose one of them."
        )
    index = heights.index(start)
    last = pyramids_up(flow, pyramids[index].halved_shape[1:], to=to, bits=form.bits)[-1]
    part = run.splits().part(split)
    chosen = part if rows is None or rows >= len(part) else part.choose(rows, seed)
    sizes = smaller_images(pyramids[: index + 1], np.asarray(chosen.values))
    truth = next(images for images in sizes if images.shape[2] == last.shape[1])
    return Pictures(sizes[-1], chosen.fingerprint, truth)


def superresolve(
    run: Run,
    flow: Flow,
    pictures: Pictures,
    *,
    to: int | None = None,
    n: int = 8,
    temperature: float | Sequence[float] = 1.0,
    seed: int = 0,
    chunk: int | None = None,
) -> SuperResolved:
    """Draw larger images with a run's model, and measure them.

    Args:
        run: the run, of a model in stages.
        flow: its model.
        pictures: what to make larger.
        to, n, temperature, chunk: see `surjax.evaluate.super_resolve`.
        seed: of the draws.

    Returns:
        The images, and what is told of them:

        images, from, size    how many, and the heights and widths before and after
        to, n, temperature, seed, bits, reduced_bits, fingerprint
        clipped, clipped_share   numbers of the large images that lay outside the range and were cut
        consistency           the pixels of the small images that come back (`Consistency`)
        spread                the standard deviation between the samples of an image, in grey levels, in the
                              mean over numbers and images; None where n is 1
        quality               with the truth: of one sample (the first), the mean of the n, bicubic and
                              nearest enlargement the mean PSNR in dB over images that are not equal to the
                              true one, how many are equal, and the mean SSIM; None where there is none

    Raises:
        RunError: the run is of another model.
        DataError, ConfigError: see `surjax.evaluate.super_resolve`.
        SurjaxError: the memory ran out.
    """
    model = staged_model(run.record.settings.model, run.folder)
    bits, small = run.require(ImageForm).bits, pictures.small
    options: dict[str, Any] = {"to": to, "model": model, "bits": bits}
    key = jax.random.key(seed)
    at_once = chunk_for(flow.shape) if chunk is None else chunk
    with chunk_out_of_memory(min(n * len(small), at_once)):
        drawn = super_resolve(flow, small, key, n=n, temperature=temperature, chunk=chunk, **options)
    form = ImageForm(drawn.shape[2:], bits)
    samples = to_pixels(drawn, form)
    mean = np.rint(samples.mean(1)).astype(form.dtype)
    size = (form.shape[1], form.shape[2])
    smooth = bicubic(small, size, bits)
    kept = consistency(pyramids_up(flow, small.shape[2:], **options), small, drawn, bits)
    quality = None
    if pictures.truth is not None:
        candidates = {
            "sample": samples[:, 0],
            "mean": mean,
            "bicubic": smooth,
            "nearest": nearest(small, size),
        }
        quality = {name: _quality(pictures.truth, images, bits) for name, images in candidates.items()}
    told = {
        "images": len(small),
        "from": list(small.shape[2:]),
        "size": list(size),
        "to": size[0],
        "n": n,
        "temperature": temperature,
        "seed": seed,
        "bits": bits,
        "reduced_bits": pictures.reduced,
        "fingerprint": pictures.fingerprint,
        "pyramid": pyramids_of(flow)[0].kind,
        "clipped": kept.clipped,
        "clipped_share": kept.clipped_share,
        "consistency": kept.to_json(),
        "spread": float(samples.std(1, ddof=1).mean()) if n > 1 else None,
        "quality": quality,
    }
    return SuperResolved(small, samples, mean, smooth, pictures.truth, form, told)


def require_out(path: Path) -> None:
    """Raise where `write_super_resolution` could not write to the path after the work.

    Raises:
        ConfigError: it is the name of another type of file.
        SurjaxError: its folder is missing, it is a folder where a file is to be, or one that is not empty.
    """
    named = path.suffix.lower() in (".png", ".npz")
    if path.is_dir() and named:
        raise SurjaxError(f"cannot write {path}: it is a folder; give the name of a file.")
    if path.is_dir() and any(path.iterdir()):
        raise SurjaxError(f"{path} is not empty: name a new folder, or a .png or .npz file.")
    if not path.is_dir():
        if path.suffix and not named:
            raise ConfigError(f"{path} ends in {path.suffix!r}: write a .png, an .npz or a folder.")
        if path.exists() and not named:
            raise SurjaxError(f"cannot make the folder {path}: a file of that name is there.")
        if not path.parent.is_dir():
            raise SurjaxError(f"cannot write {path}: there is no folder {path.parent}; make it first.")


def write_super_resolution(path: str | os.PathLike, result: SuperResolved, mean: bool = False) -> None:
    """Write what was made: a .png, an .npz or a folder, whole or not at all.

        .png      the picture of `draw_super_resolution`
        .npz      "samples" (k, n, C, H, W) and "mean" (k, C, H, W), from 0 to 2^bits − 1, uint8 or
                  of more than 8 bits uint16
        a folder  overview.png, that picture, and a .png for each image, named after its number from 0: its
                  samples side by side, or with `mean` the mean of them, each pixel one pixel of the file, of
                  8 bits

    Raises:
        ConfigError, SurjaxError: as `require_out`, or it cannot be written.
    """
    path = Path(path)
    require_out(path)
    if path.suffix.lower() == ".png":
        draw_super_resolution(path, result, mean)
    elif path.suffix.lower() == ".npz":
        with write_atomically(path) as temporary, temporary.open("wb") as file:
            np.savez(file, samples=result.samples, mean=result.mean)
    else:
        with _whole_folder(path) as folder:
            draw_super_resolution(folder / "overview.png", result, mean)
            digits = len(str(len(result.small) - 1))
            for i, samples in enumerate(result.samples):
                picture = result.mean[i] if mean else np.concatenate(list(samples), -1)
                _save(folder / f"{i:0{digits}d}.png", to_8_bits(picture, result.form))


@contextlib.contextmanager
def _whole_folder(path: Path) -> Iterator[Path]:
    """A temporary folder, which becomes `path` when the block ends well, and is removed when it does not."""
    target = Path(os.path.realpath(path))
    remove_left_behind(target.parent)
    temporary = temporary_beside(target)
    try:
        temporary.mkdir()
        yield temporary
        temporary.replace(target)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _save(path: Path, picture: np.ndarray) -> None:
    """Write an image (C, H, W) of uint8 as it is."""
    from PIL import Image

    pixels = picture.transpose(1, 2, 0)
    Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(path, format="png")


def _quality(truth: np.ndarray, images: np.ndarray, bits: int) -> dict[str, Any]:
    ratios, similarity = psnr(truth, images, bits), float(ssim(truth, images, bits).mean())
    different = np.isfinite(ratios)
    return {
        "psnr": float(ratios[different].mean()) if different.any() else None,
        "equal": int((~different).sum()),
        "ssim": None if np.isnan(similarity) else similarity,
    }
