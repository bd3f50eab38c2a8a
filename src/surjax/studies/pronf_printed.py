"""The table of the progressive flow in the study that surjax grew from: as printed, and as it adds up."""

from surjax.data.image_form import ImageForm

FORM = ImageForm((3, 32, 32), 8)
"""Its images, the test images of CIFAR-10."""

PRINTED = {32: 3.29, 16: 4.55, 8: 5.30, 4: 6.57}
"""The rows of the stages, by the height and width of the image that each makes, as printed, in bits/dim.

They are of that image's own 3·n² numbers: −log₂ p(image | image of half its size)/(3·n²), and for the
smallest one −log₂ p(image)/(3·n²).
"""

PRINTED_CHAIN = 259.42
"""The row of the chain, as printed; see `rightly_divided`."""


def numbers(size: int) -> int:
    """How many numbers the image has that is size × size: 3·n²."""
    return FORM.shape[0] * size**2


def bits(size: int) -> float:
    """What a printed row of a stage is in bits an image, which do add up: printed · 3·n².

    >>> round(bits(32), 1)
    10106.9
    """
    return PRINTED[size] * numbers(size)


def chain_bits_per_dim() -> float:
    """What the printed rows of the stages add up to, over the numbers of the largest image.

        Σ printed · 3·n² / 3072

    >>> round(chain_bits_per_dim(), 3)
    4.861
    """
    return sum(map(bits, PRINTED)) / numbers(max(PRINTED))


def rightly_divided() -> float:
    """The printed row of the chain, where its sum is divided by the numbers of the largest image.

        259.42 · 48 / 3072

    It was divided by those of the smallest one. It is no likelihood besides: on the way from stage to stage
    the images were cut to the range that there is, which is no change of variables.

    >>> round(rightly_divided(), 3)
    4.053
    """
    return PRINTED_CHAIN * numbers(min(PRINTED)) / numbers(max(PRINTED))


def of_stage(pyramid: str, stage: int, stages: tuple[int, ...], form: ImageForm) -> float | None:
    """The printed row that is of the same quantity as a stage; None where there is none.

    That is a stage of a nearest pyramid, which models the same P(image | smaller image) as the study's, of
    images of the same shape and bits, and given a smaller image where the study's is.
    """
    same = form == FORM and pyramid == "nearest" and stage in PRINTED
    return PRINTED[stage] if same and (stage == stages[-1]) == (stage == min(PRINTED)) else None


def of_chain(form: ImageForm) -> float | None:
    """What the printed rows add up to, for images of the same shape and bits; None for others."""
    return chain_bits_per_dim() if form == FORM else None
