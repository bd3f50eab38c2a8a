"""One line of the table of a study of images."""

import dataclasses
import math
from typing import Any

import jax

from surjax.runs import Run
from surjax.studies.image_systems import System
from surjax.studies.sampling_time import SECONDS


@dataclasses.dataclass(frozen=True)
class SystemRow:
    """One line of results.json: one system, trained from one seed and measured on the test images.

    bits_per_dim is exact where bound is False, and otherwise an upper bound of the code length, of
    importance_samples draws; its standard error is over the images. split is the fingerprint of the test
    images that were measured, test_images of them. images_per_second counts training with its evaluations,
    compilation apart; sampling_seconds_an_image is by the clock (see `with_sampling_time`). prior and
    coupling are the model's settings of those names, None where it has none.
    """

    model: str
    scale: str
    parameters: int
    steps: int
    images_seen: int
    bits_per_dim: float
    standard_error_bits_per_dim: float
    bound: bool
    importance_samples: int
    split: str
    test_images: int
    dtype: str
    paper_bits_per_dim: float | None
    study_bits_per_dim: float | None
    images_per_second: float
    compile_seconds: float
    train_seconds: float
    device: str
    seed: int
    prior: str | None
    coupling: str | None
    sampling_seconds_an_image: float


def row_of(name: str, system: System, run: Run) -> SystemRow:
    """The line of a system of that name: of a run that is trained, measured, and timed in sampling."""
    result: Any = run.record.result
    settings, test, steps = run.record.settings, result.test, result.step
    seen = steps * settings.training.batch_size
    return SystemRow(
        model=name,
        scale=settings.preset,
        parameters=result.parameters,
        steps=steps,
        images_seen=seen,
        bits_per_dim=number_of(test["bits_per_dim"]),
        standard_error_bits_per_dim=number_of(test["standard_error_bits_per_dim"]),
        bound=not test["exact"],
        importance_samples=test["num_samples"],
        split=f"test {test['fingerprint']}",
        test_images=test["n"],
        dtype=test["dtype"],
        paper_bits_per_dim=system.paper_bits_per_dim,
        study_bits_per_dim=system.study_bits_per_dim,
        images_per_second=seen / max(result.train_seconds, 1e-9),
        compile_seconds=result.compile_seconds,
        train_seconds=result.train_seconds,
        device=jax.devices()[0].device_kind,
        seed=settings.training.seed,
        prior=getattr(settings.model, "prior", None),
        coupling=getattr(settings.model, "coupling", None),
        sampling_seconds_an_image=result.more[SECONDS],
    )


def number_of(value: Any) -> float:
    """A number of run.json, where those that are not finite are null: NaN there."""
    return math.nan if value is None else value
