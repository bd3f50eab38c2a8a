"""The study of the progressive flow: a chain of stages with either pyramid, set against its predecessor's."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from surjax.models.pronf import ProNF
from surjax.runs import Run
from surjax.studies.image_systems import Study, System
from surjax.studies.pronf_pictures import with_super_resolution
from surjax.studies.pronf_printed import chain_bits_per_dim
from surjax.studies.pronf_report import write_report
from surjax.studies.pronf_row import stage_rows
from surjax.studies.sampling_time import with_sampling_time


@dataclasses.dataclass(frozen=True)
class ProNFStudy(Study):
    """A study of chains of stages: it has a row a stage beside that of the whole, and their pictures."""

    def measured(self, run: Run) -> Run:
        """How long an image takes to draw, and how near super-resolution comes to the true images."""
        return with_super_resolution(with_sampling_time(run))

    def rows_of(self, name: str, run: Run) -> list[Any]:
        """A `StageRow` a stage, the largest first, and one of the chain."""
        return list(stage_rows(run))

    def write_report(self, folder: Path, rows: Sequence[Any], runs: Mapping[str, Run]) -> None:
        """Write results_super_resolution.json, results.md and report.html."""
        write_report(self, folder, rows, runs)


PRONF = ProNFStudy(
    name="pronf",
    title="A progressive flow",
    question="How many bits do the stages of a chain of conditional flows take, from the smallest image up, "
    "and how many the chain?",
    systems={
        "mean": System("ProNF, mean", ProNF.name, {"pyramid": "mean"}, None, chain_bits_per_dim()),
        "nearest": System("ProNF, nearest", ProNF.name, {"pyramid": "nearest"}, None, chain_bits_per_dim()),
    },
    notes=(
        "bits/dim is of the chain alone: the sum of its stages' bits over the numbers of the largest image. "
        "Stage bits/dim is a stage's bits over the numbers of the image that it makes, as the study that "
        "surjax grew from divided them; that is no code length of the image, of which the smaller one is "
        "given. Minutes are of training with its evaluations; compilation, and the short trials by which a "
        "budget of minutes is divided among stages, are apart.",
        "The study's figures are of CIFAR-10, of 9,984 of its test images. The rows of nearest compare with "
        "them one by one: their stages model the same P(image | smaller image) of the same images. Those of "
        "mean do not, because their smaller images are others. Both chains compare with "
        f"{chain_bits_per_dim():.3f}, what the study's rows add up to.",
        "The relative of these chains is Wavelet Flow (Yu, Derpanis and Brubaker, NeurIPS 2020).",
    ),
)
"""Chains with the pyramid mean and with nearest."""
