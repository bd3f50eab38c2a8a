"""The stages of a progressive model, taken apart and put together.

A progressive flow is a base, the model of the smallest image, and a chain of pyramids, whose decoders make
each image out of the one of half its size. Each of them is a stage: the first is that of the largest image,
the last is the base. Stages share no parameter.
"""

from collections.abc import Sequence

import equinox as eqx
import jax

from surjax.distributions import Distribution, Given
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.models.base import StagedModel
from surjax.parameters import partition
from surjax.transforms import Chain, Pyramid
from surjax.typing import Shape

SMALLEST = 4
"""Details are squeezed where that leaves them at least so high and wide."""


def pyramids_of(flow: Flow) -> tuple[Pyramid, ...]:
    """The pyramids of a progressive flow, that of the largest image first.

    Raises ConfigError where the flow is no such chain.
    """
    parts = flow.transform.transforms if isinstance(flow.transform, Chain) else ()
    pyramids = tuple(part for part in parts if isinstance(part, Pyramid))
    if not pyramids or len(pyramids) < len(parts):
        raise ConfigError(
            "the model is no chain of pyramids, and only such models have stages: those named pronf."
        )
    return pyramids


def stages_of(flow: Flow) -> tuple[Distribution, ...]:
    """The decoders of a progressive flow, that of the largest image first, and its base at the end."""
    return (*(pyramid.decoder for pyramid in pyramids_of(flow)), flow.base)


def stage_shapes(flow: Flow) -> tuple[Shape, ...]:
    """The shapes (C, H, W) of the images that the stages make, the largest first."""
    return (*(pyramid.shape for pyramid in pyramids_of(flow)), flow.base.shape)


def with_stages(flow: Flow, stages: Sequence[Distribution]) -> Flow:
    """A progressive flow with other stages, in the order of `stages_of`."""
    *decoders, base = stages
    pyramids = [
        eqx.tree_at(lambda pyramid: pyramid.decoder, pyramid, decoder)
        for pyramid, decoder in zip(pyramids_of(flow), decoders, strict=True)
    ]
    return Flow(base, Chain(*pyramids))


def stage_alone(flow: Flow, index: int) -> Flow:
    """The flow of one stage, given the image of half the size: the others are `Given`.

    Its log-likelihood of an image is that stage's term in the log-likelihood of the whole,

        log p(x) = Σ_i log p(stage i),

    so its parameters are trained by it as they are in the whole.
    """
    return with_stages(
        flow, [part if i == index else Given(part.shape) for i, part in enumerate(stages_of(flow))]
    )


def resized(model: StagedModel, pyramid: Pyramid, index: int, shape: Shape, bits: int) -> Pyramid:
    """The pyramid of one trained stage, the index-th from the largest image down, for images of `shape`.

    A stage is convolutional, so that the same parameters serve. Raises ConfigError where it would have
    another structure for images of that shape: where sides are too small, or too odd, for its squeezes.
    """
    if tuple(shape) == pyramid.shape:
        return pyramid
    return with_arrays_of(pyramid, model.build_pyramid(jax.random.key(0), index, shape, bits))


def with_arrays_of(trained: Pyramid, fresh: Pyramid) -> Pyramid:
    """A pyramid for images of one size, with what a trained one of images of another size has learned.

    Raises ConfigError where the two have not the same structure.
    """
    if _parameter_shapes(fresh) != _parameter_shapes(trained):
        here, there = (" × ".join(map(str, p.halved_shape[1:])) for p in (fresh, trained))
        raise ConfigError(
            f"the stage that makes images of {trained.shape[1]} was trained on pictures of {there} and has "
            f"another structure for {here}, because details are squeezed where their sides are even and at "
            f"least {2 * SMALLEST}: give pictures of which the same is true."
        )
    # arrays of the size of an image hold no parameters: they are bounds and placeholders
    pairs = zip(jax.tree.leaves(trained), jax.tree.leaves(fresh), strict=True)
    arrays = [old if old.shape == new.shape else new for old, new in pairs]
    return jax.tree.unflatten(jax.tree.structure(fresh), arrays)


def _parameter_shapes(model: Pyramid) -> list[Shape]:
    return [leaf.shape for leaf in jax.tree.leaves(partition(model)[0])]


def is_given(stage: Distribution) -> bool:
    """Whether a stage is not modelled: it has not been trained here, or is of another model."""
    return isinstance(stage, Given)
