"""Images of models in stages: each stage is a model of an image, given the one of half its size."""

import dataclasses
from pathlib import Path
from typing import Any, ClassVar

import jax

from surjax.data import DataSet, Form, ImageForm
from surjax.errors import ConfigError, RunError
from surjax.evaluate import Likelihood
from surjax.evaluate.stages import evaluate_stages
from surjax.files import make_folder
from surjax.flow import Flow
from surjax.modalities.images import ImageModality
from surjax.modalities.modality import Subject, TrainedFlow
from surjax.models.base import ModelConfig, StagedModel
from surjax.models.build import build_flow
from surjax.models.stages import pyramids_of, stages_of, with_arrays_of, with_stages
from surjax.pictures.samples import draw_stage
from surjax.train import TrainConfig
from surjax.train.augment import cropped_shape


class StagedModality(ImageModality):
    """Images that a model makes stage by stage.

    Each stage is trained apart, measured apart, and can be trained on crops.
    """

    models: ClassVar = StagedModel

    def trained_flow(self, model: ModelConfig, form: Form, training: TrainConfig) -> TrainedFlow:
        """The model, or for a stage on crops the same stage for smaller images.

        A stage is convolutional, and so the same for images of any size; the smallest is trained whole.
        Raises ConfigError where the model has no crops or does not fit them; DataError where the images are
        smaller than the crops.
        """
        crop, model = training.crop, staged_model(model, model.name)
        if crop is None or model.stage is None:
            return super().trained_flow(model, form, training)
        key, images = jax.random.key(training.seed), ImageForm.require(form, model.name)
        flow = build_flow(model, form, key)
        shape = cropped_shape(form.shape, crop)
        index = model.stages(form.shape).index(model.stage)
        if index == len(pyramids_of(flow)):
            raise ConfigError(
                f"crop is {crop} and stage {model.stage} is that of the smallest image, which is no part of "
                "a larger one: leave crop out."
            )
        small = dataclasses.replace(model, stage=model.stages(shape)[index]).build(key, shape, images.bits)

        def whole(trained: Flow) -> Flow:
            pyramid = with_arrays_of(pyramids_of(trained)[index], pyramids_of(flow)[index])
            stages = list(stages_of(flow))
            stages[index] = pyramid.decoder
            return with_stages(flow, stages)

        whole(small)  # so that what does not fit is said before the training
        return TrainedFlow(small, whole)

    def stages(self, model: ModelConfig, form: Form) -> tuple[int, ...]:
        """The heights of the images that the stages make; none for a model of one stage alone."""
        model = staged_model(model, model.name)
        return model.stages(form.shape) if model.stage is None else ()

    def measure(
        self, flow: Flow, model: ModelConfig, part: DataSet, **options: Any
    ) -> tuple[Likelihood, dict[str, Any]]:
        """Of each stage too; bits/dim there are only of a model that has all of them."""
        likelihood, stages = evaluate_stages(flow, part.values, **options)
        told: dict[str, Any] = {"stages": [stage.to_json() for stage in stages]}
        if staged_model(model, model.name).stage is not None:
            told |= {"bits_per_dim": None, "standard_error_bits_per_dim": None}
        return likelihood, told

    def draw(self, subject: Subject, path: Path) -> None:
        """A grid of samples; of a stage alone, what it makes of images that it was not trained on."""
        if staged_model(subject.model, subject.title).stage is None:
            super().draw(subject, path)
            return
        make_folder(path.parent)
        form, splits = ImageForm.require(subject.form, subject.title), subject.splits
        draw_stage(subject.flow, form, splits.validation or splits.train, subject.seed, path)


def staged_model(model: ModelConfig, whose: object) -> StagedModel:
    """The configuration of a model in stages; RunError, which says whose it is, where it is none."""
    if not isinstance(model, StagedModel):
        from surjax.models import known_models

        names = ", ".join(name for name, config in known_models().items() if issubclass(config, StagedModel))
        raise RunError(
            f"{whose} is a run of {model.name}, which has no stages: give one of a model that has ({names})."
        )
    return model
