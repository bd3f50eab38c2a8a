"""The data that `fit` is given: checked, laid where they are read from, and the first batch of them."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surjax.errors import DataError
from surjax.flow import Flow
from surjax.train.augment import centre, cropped_shape, require_images
from surjax.train.config import TrainConfig
from surjax.train.data import Data
from surjax.train.plan import Plan
from surjax.train.shuffle import shuffled
from surjax.typing import Context


def training_data(flow: Flow, x: Any, context: Context, config: TrainConfig) -> Data:
    """The rows to train on: on the host where they are to stream, else on the device.

    Raises DataError where they, or what is cropped of them, do not fit the model.
    """
    data = _checked(flow, x, context, config)
    return data.on_host() if config.streams(data.host_bytes) else data.on_device()


def held_out_data(flow: Flow, x: Any, context: Context, config: TrainConfig) -> Data:
    """The rows to evaluate on, on the device; raises as `training_data` does."""
    data = _checked(flow, x, context, config)
    data = (data if config.validation_rows is None else data.first(config.validation_rows)).on_device()
    return _centred(data, config)


def _centred(data: Data, config: TrainConfig) -> Data:
    """The data, on the device, as they are evaluated: of images to be cropped the middle."""
    return data if config.crop is None else data._replace(x=centre(data.x, config.crop))


def _checked(flow: Flow, x: Any, context: Context, config: TrainConfig) -> Data:
    """The data where they lie; DataError where they, or what is cropped of them, do not fit the model."""
    data = Data(_array(x), jax.tree.map(_array, context))
    require_images(config, flow.shape)
    shape = cropped_shape(data.x.shape[1:], config.crop)
    if not data.x.shape or shape != flow.shape:
        raise DataError(
            f"the data have shape {data.x.shape} and the model takes rows of shape {flow.shape}: "
            "build the model for the shape of your data."
        )
    if data.n == 0:
        raise DataError("the data have no rows: give at least one.")
    for leaf in jax.tree.leaves(data.context):
        if leaf.shape[:1] != (data.n,):
            raise DataError(
                f"a context array has shape {leaf.shape} and there are {data.n} rows: give one context a row."
            )
    return data


def _array(x: Any) -> Any:
    return x if hasattr(x, "nbytes") else np.asarray(x)


_shuffled = jax.jit(shuffled, static_argnums=2)


def initialize(flow: Flow, data: Data, todo: Plan) -> Flow:
    """The flow after its data-dependent initialisation on a first batch, some of the rows to train on."""
    key, draw = jax.random.split(jax.random.key(todo.config.seed))
    batch = data
    if data.n > todo.initial_rows:
        rows = _shuffled(key, jnp.arange(todo.initial_rows), data.n)
        batch = data.read(np.asarray(rows)) if data.host_bytes else data.take(rows)
    batch = _centred(batch.on_device(), todo.config)
    return flow.initialize(batch.x, draw, batch.context)
