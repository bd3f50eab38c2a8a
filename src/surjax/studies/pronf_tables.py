"""The tables of the progressive flow's study."""

from collections.abc import Mapping, Sequence
from typing import Any

from surjax.studies.image_systems import Study
from surjax.studies.images_report import kind, protocol, published
from surjax.studies.page import Table
from surjax.studies.pronf_pictures import DRAWS
from surjax.studies.pronf_printed import (
    PRINTED,
    PRINTED_CHAIN,
    bits,
    chain_bits_per_dim,
    numbers,
    rightly_divided,
)
from surjax.studies.pronf_row import CHAIN, StageRow

STAGES = (
    "pyramid",
    "seed",
    "stage",
    "bits an image",
    "bits/dim",
    "stage bits/dim",
    "bits a new number",
    "share",
    "the study's own",
    "kind",
    "parameters",
    "steps",
    "minutes",
)
PRINTED_FIGURES = ("stage", "printed", "divided by", "bits an image", "over the largest image's numbers")
COMPARED = {
    "sample": "one sample",
    "mean": f"mean of {DRAWS} samples",
    "bicubic": "bicubic interpolation",
    "nearest": "each pixel a block",
}
"""What is set against the true images, in words."""


QUALITIES = ("run", "stage", *COMPARED.values(), "spread", "cut", "kept", "kept of the others")


def stages_table(study: Study, rows: Sequence[StageRow]) -> Table:
    """The rows of results.json, and what has to be known to read them."""
    told = protocol(rows)
    if rows[0].scale != "paper":
        told += " The study's figures are of models of the size of the preset paper."
    smallest = min(row.stage for row in rows if isinstance(row.stage, int))
    return Table("", (study.question, told, *study.notes), STAGES, [_cells(row, smallest) for row in rows])


def printed_table() -> Table:
    """The study's own table as printed, in bits, and as it adds up; all worked out from what was printed."""
    whole, part, smallest = numbers(max(PRINTED)), numbers(min(PRINTED)), min(PRINTED)
    total, adds_up = sum(map(bits, PRINTED)), f"{chain_bits_per_dim():.3f}"
    lines = [
        (_stage(n, smallest), f"{figure:.2f}", f"{numbers(n):,}", f"{bits(n):,.1f}", f"{bits(n) / whole:.4f}")
        for n, figure in PRINTED.items()
    ]
    of_chain = (f"{PRINTED_CHAIN * part:,.1f}", f"{rightly_divided():.4f}")
    lines += [
        ("chain, as printed", f"{PRINTED_CHAIN:.2f}", f"{part:,}", *of_chain),
        ("chain, as the rows add up", "–", f"{whole:,}", f"{total:,.1f}", f"{chain_bits_per_dim():.4f}"),
    ]
    told = (
        "The printed rows of the stages, the starred ones, are each of the stage's own size: the bits of its "
        "term over the numbers of the image that it makes. In bits they add up, and the chain of them takes "
        f"{total:,.1f}/{whole:,} = {adds_up} bits/dim.",
        f"The {PRINTED_CHAIN} that was printed for the chain is a sum divided by the {part} numbers of the "
        f"{smallest}×{smallest} image instead of the {whole:,} of the largest one, which would make it "
        f"{PRINTED_CHAIN}·{part}/{whole:,} = {rightly_divided():.3f}; and it is no likelihood besides, "
        "because the images were cut to their range on the way from stage to stage.",
    )
    return Table("The study's table, as printed and as it adds up", told, PRINTED_FIGURES, lines)


def quality_table(measured: Mapping[str, Sequence[dict[str, Any]]]) -> Table:
    """How near super-resolution comes to the true images: of each run, by its name, what run.json tells."""
    found = [(name, each) for name, stages in measured.items() for each in stages]
    told = [
        f"PSNR in dB and SSIM of {found[0][1]['images']:,} test images, made small and large again by each "
        "stage. Spread is the standard deviation between the samples of an image, in grey levels; cut the "
        "share of the numbers that lay outside the range and were cut. Kept is how many of the pixels in "
        "whose block nothing was cut come back when the samples are made small again.",
        "Bicubic interpolation takes a pixel for the middle of its block, which it is with the pyramid mean; "
        "with nearest it is the block's first pixel, so that bicubic lies half a pixel off there.",
    ]
    equal = [
        f"{name}, {sizes(each)}: {near['equal']} of {COMPARED[what]}"
        for name, each in found
        for what, near in each["quality"].items()
        if near["equal"]
    ]
    if equal:
        told.append(f"Equal to the true images, and left out of the PSNR: {'; '.join(equal)}.")
    if any(near["ssim"] is None for _, each in found for near in each["quality"].values()):
        told.append("Images smaller than 7×7 have no SSIM.")
    lines = [[name, *_quality_cells(each)] for name, each in found]
    return Table("Super-resolution of test images", told, QUALITIES, lines)


def sizes(found: dict[str, Any]) -> str:
    """The heights of the images that a super-resolution was given and made."""
    return f"{found['from'][0]}→{found['size'][0]}"


def nearness(near: dict[str, Any]) -> str:
    """The PSNR and the SSIM of some images, with a dash for what is not there."""
    return f"{published(near['psnr'])}, {published(near['ssim'], 4)}"


def _quality_cells(found: dict[str, Any]) -> list[str]:
    kept = found["consistency"]
    return [
        sizes(found),
        *(nearness(found["quality"][what]) for what in COMPARED),
        f"{found['spread']:.2f}",
        f"{found['clipped_share']:.3%}",
        f"{kept['kept']:,} of {kept['pixels']:,}",
        f"{kept['clipped_kept']:,} of {kept['clipped_pixels']:,}",
    ]


def _cells(row: StageRow, smallest: int) -> list[str]:
    return [
        row.pyramid,
        str(row.seed),
        _stage(row.stage, smallest),
        f"{row.bits:,.1f} ± {row.standard_error_bits:,.1f}",
        published(row.bits_per_dim, 3),
        published(row.stage_bits_per_dim, 3),
        f"{row.bits_per_new_number:.3f}",
        f"{row.share:.1%}",
        published(row.study_bits_per_dim, 3 if row.stage == CHAIN else 2),
        kind(row),
        f"{row.parameters:,}",
        f"{row.steps:,}",
        f"{row.seconds / 60:.1f}",
    ]


def _stage(stage: int | str, smallest: int) -> str:
    """A stage by the heights of what it is given and of what it makes."""
    if not isinstance(stage, int):
        return stage
    return f"{stage}×{stage}" if stage == smallest else f"{stage // 2}→{stage}"
