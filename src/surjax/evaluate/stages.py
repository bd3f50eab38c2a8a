"""What each stage of a progressive model contributes to its likelihood."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from surjax.evaluate.likelihood import Likelihood, likelihood_of, mean_and_error, scores_of
from surjax.flow import Flow
from surjax.models.stages import is_given, stage_alone, stage_shapes, stages_of
from surjax.typing import Key


class StageLikelihood(NamedTuple):
    """A stage's term of the log-likelihood, −log₂ p in bits an image.

    stage: the height of the image that the stage makes. bits: the mean over the images;
    standard_error_bits: of that mean. dims: how many numbers the image has that the stage makes.
    new_numbers: how many of them it models, the others being those of the smaller image. share: of the whole
    model's bits; None where not all of its stages are there.
    """

    stage: int
    bits: float
    standard_error_bits: float
    dims: int
    new_numbers: int
    share: float | None

    @property
    def stage_bits_per_dim(self) -> float:
        """Bits for each number of the image that the stage makes: not what it adds to the bits/dim of the
        whole, whose images are larger, and no code length for that image, of which the smaller one is given.
        """
        return self.bits / self.dims

    @property
    def bits_per_new_number(self) -> float:
        """Bits for each number that the stage models."""
        return self.bits / self.new_numbers

    def to_json(self) -> dict[str, Any]:
        """Every field and every number that follows from them, as a dict of plain values."""
        derived = ("stage_bits_per_dim", "bits_per_new_number")
        return self._asdict() | {name: getattr(self, name) for name in derived}


def evaluate_stages(
    flow: Flow,
    x: Any,
    *,
    num_samples: int = 1,
    key: Key = None,
    chunk: int | None = None,
    split: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Likelihood, list[StageLikelihood]]:
    """Measure a progressive flow, stage by stage; the largest image's is the first.

    The log-likelihood of an image is the sum of its stages' terms. Each term is an importance-weighted bound
    of its own with `num_samples` draws, and so is their sum a bound. Stages that are `Given` are left out,
    and the likelihood is then that of the others.

    Args and Raises: as for `evaluate`; ConfigError where the flow has no stages.

    Returns:
        The likelihood of whole images, in bits/dim of theirs, and what each stage contributes.
    """
    stages, shapes = stages_of(flow), stage_shapes(flow)
    there = [i for i, stage in enumerate(stages) if not is_given(stage)]
    scores = []
    for count, i in enumerate(there):

        def tell(done: int, n: int, count: int = count) -> None:
            if on_progress is not None:
                on_progress(count * n + done, len(there) * n)

        alone = stage_alone(flow, i)
        scores.append(scores_of(alone, x, num_samples=num_samples, key=key, chunk=chunk, on_progress=tell))
    total = np.asarray(scores, np.float64).sum(0)
    likelihood = likelihood_of(total, flow, x, num_samples, split)
    likelihood = dataclasses.replace(likelihood, dtype=str(scores[0].dtype))
    complete = len(there) == len(stages)
    measured = []
    for i, values in zip(there, scores, strict=True):
        mean, error = mean_and_error(values)
        dims = math.prod(shapes[i])
        new = dims if i == len(stages) - 1 else 3 * dims // 4
        share = mean / likelihood.log_likelihood_nats if complete else None
        bits = (-mean / math.log(2), error / math.log(2))
        measured.append(StageLikelihood(shapes[i][1], *bits, dims, new, share))
    return likelihood, measured
