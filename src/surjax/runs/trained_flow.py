"""What is trained for a run: its model, or for a stage on crops the same stage for smaller images."""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import jax

from surjax.data import Form, ImageForm
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.models.base import StagedModel
from surjax.models.build import build_flow
from surjax.models.stages import pyramids_of, stages_of, with_arrays_of, with_stages
from surjax.runs.settings import RunSettings
from surjax.train.augment import cropped_shape


class TrainedFlow(NamedTuple):
    """flow: what training is given. whole: what it makes, as the model of the run's data."""

    flow: Flow
    whole: Callable[[Flow], Flow]


def trained_flow(settings: RunSettings, form: Form) -> TrainedFlow:
    """The flow that a run trains, with fresh weights, and how it becomes the run's model.

    They differ where it trains on crops, which only a stage of a model in stages can do, and of these not
    the smallest: a stage is convolutional, and so the same for images of any size. Raises ConfigError where
    that cannot be done, or where the model does not take data of that form; DataError where the images are
    smaller than the crops.
    """
    key, crop, model = jax.random.key(settings.training.seed), settings.training.crop, settings.model
    flow = build_flow(model, form, key)
    if crop is None:
        return TrainedFlow(flow, lambda trained: trained)
    if not isinstance(model, StagedModel) or not isinstance(form, ImageForm) or model.stage is None:
        raise ConfigError(
            f"crop is {crop} and {model.name} is a model of whole images: leave crop out, or train a model "
            "in stages."
        )
    shape = cropped_shape(form.shape, crop)
    index = model.stages(form.shape).index(model.stage)
    if index == len(pyramids_of(flow)):
        raise ConfigError(
            f"crop is {crop} and stage {model.stage} is that of the smallest image, which is no part of a "
            "larger one: leave crop out."
        )
    small = dataclasses.replace(model, stage=model.stages(shape)[index]).build(key, shape, form.bits)

    def whole(trained: Flow) -> Flow:
        pyramid = with_arrays_of(pyramids_of(trained)[index], pyramids_of(flow)[index])
        stages = list(stages_of(flow))
        stages[index] = pyramid.decoder
        return with_stages(flow, stages)

    whole(small)  # so that what does not fit is said before the training
    return TrainedFlow(small, whole)
