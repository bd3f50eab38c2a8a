"""The flow of a configuration for some data."""

from typing import Any

from surjax.data.form import Form, ImageForm
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.models.base import ImageModel, ModelConfig, VectorModel
from surjax.models.table import for_table


def build_flow(config: ModelConfig, form: Form, key: Any) -> Flow:
    """The model of a table's rows (see `for_table`) or of images, with fresh weights.

    Raises ConfigError where a model of vectors is asked for images, or a model of images for a table,
    or where the model does not take data of that form.
    """
    if isinstance(form, ImageForm):
        if not isinstance(config, ImageModel):
            raise ConfigError(
                f"{config.name} is a model of vectors and the data are images of {form}: choose a model of "
                "images."
            )
        return config.build(key, form.shape, form.bits)
    if not isinstance(config, VectorModel):
        raise ConfigError(
            f"{config.name} is a model of images and the data are a table of {len(form)} columns: choose a "
            "model of vectors."
        )
    return for_table(config, form, key)
