"""One line of the table of the progressive flow's study."""

import dataclasses
import math
from typing import Any

import jax

from surjax.data import ImageForm
from surjax.runs import Run
from surjax.studies.image_row import number_of
from surjax.studies.pronf_printed import of_chain, of_stage

CHAIN = "chain"
"""What stands for the stage in the row of all of them."""


@dataclasses.dataclass(frozen=True)
class StageRow:
    """One line of results.json: one stage of a trained chain, or the chain, measured on the test images.

    stage is the height of the image that the stage makes, or "chain". bits is the mean of −log₂ p of the
    stage's term an image, and of the chain their sum. dims is how many numbers that image has.

    bits_per_dim is bits over the numbers of the largest image, of the chain alone: nothing else is a bits/dim
    of the model. stage_bits_per_dim is bits over dims, of a stage alone, the normalisation of the study that
    surjax grew from; bits_per_new_number is bits over the numbers that the stage models, ¾ of dims where the
    smaller image is given. share is that of the chain's bits. study_bits_per_dim is the study's figure for
    the same quantity, None where it has none (see `surjax.studies.pronf_printed`).

    bound says whether bits are an upper bound, of importance_samples draws; their standard error is over the
    test_images, whose part and fingerprint are split. seconds are of training with its evaluations,
    compilation and what divides minutes among stages apart.
    """

    pyramid: str
    stage: int | str
    bits: float
    bits_per_dim: float | None
    stage_bits_per_dim: float | None
    bits_per_new_number: float
    share: float
    dims: int
    standard_error_bits: float
    bound: bool
    importance_samples: int
    split: str
    test_images: int
    dtype: str
    study_bits_per_dim: float | None
    seconds: float
    steps: int
    parameters: int
    device: str
    seed: int
    scale: str


def stage_rows(run: Run) -> list[StageRow]:
    """The lines of a chain that is trained and measured: its stages, the largest first, and the whole."""
    result: Any = run.record.result
    settings, form, test = run.record.settings, run.require(ImageForm), result.test
    pyramid: str = settings.model.pyramid  # type: ignore[attr-defined]
    common = {
        "pyramid": pyramid,
        "bound": not test["exact"],
        "importance_samples": test["num_samples"],
        "split": f"test {test['fingerprint']}",
        "test_images": test["n"],
        "dtype": test["dtype"],
        "device": jax.devices()[0].device_kind,
        "seed": settings.training.seed,
        "scale": settings.preset,
    }
    trained = {each["stage"]: each for each in result.stages}
    stages = tuple(trained)
    rows = [
        StageRow(
            stage=each["stage"],
            bits=number_of(each["bits"]),
            bits_per_dim=None,
            stage_bits_per_dim=number_of(each["stage_bits_per_dim"]),
            bits_per_new_number=number_of(each["bits_per_new_number"]),
            share=number_of(each["share"]),
            dims=each["dims"],
            standard_error_bits=number_of(each["standard_error_bits"]),
            study_bits_per_dim=of_stage(pyramid, each["stage"], stages, form),
            seconds=trained[each["stage"]]["train_seconds"],
            steps=trained[each["stage"]]["step"],
            parameters=trained[each["stage"]]["parameters"],
            **common,
        )
        for each in test["stages"]
    ]
    bits = sum(row.bits for row in rows)
    chain = StageRow(
        stage=CHAIN,
        bits=bits,
        bits_per_dim=bits / test["dimensions"],
        stage_bits_per_dim=None,
        bits_per_new_number=bits / test["dimensions"],  # to a chain every number is new
        share=1.0,
        dims=test["dimensions"],
        standard_error_bits=number_of(test["standard_error_nats"]) / math.log(2),
        study_bits_per_dim=of_chain(form),
        seconds=result.train_seconds,
        steps=result.step,
        parameters=result.parameters,
        **common,
    )
    return [*rows, chain]
