"""The data that `fit` is given: checked, laid where they are read from, and the first batch of them."""

import warnings
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surjax.arguments import numbers
from surjax.data.lazy import LazyRows
from surjax.errors import ConfigError, DataError
from surjax.flow import Flow
from surjax.gaps import takes_gaps
from surjax.parameters import count_parameters
from surjax.precision import (
    context_entered,
    entered,
    standardize_of,
    standardize_of_context,
    standardized,
)
from surjax.promotion import promoting
from surjax.train.augment import centre, cropped_shape, require_images
from surjax.train.config import TrainConfig
from surjax.train.examples import Examples
from surjax.train.plan import Plan, make_plan
from surjax.train.shuffle import shuffled
from surjax.train.weights import relative_weights, rows_by_weight
from surjax.typing import Context


def enter_rows(flow: Flow, *sets: Any) -> tuple[Flow, tuple[Any, ...]]:
    """(the flow as rows enter it, the sets of rows as they have entered): see `surjax.precision`.

    Rows that lie on a disk enter as they are read. A set that is None stays so. Where digits of the first set
    would be lost otherwise, the flow is given a Standardize of them (see `surjax.precision.standardized`).
    """
    sets = (_array(sets[0]), *(None if x is None else _array(x, "validation") for x in sets[1:]))
    flow = standardized(flow, sets[0])
    standardize = standardize_of(flow)
    if standardize is None:
        return flow, sets

    def enter(x: Any) -> Any:
        if x is None or x.shape[1:] != flow.shape:  # which is told where the rows are checked
            return x
        if isinstance(x, np.memmap) or not isinstance(x, np.ndarray | jax.Array):
            return LazyRows(lambda rows: standardize.enter(x[rows]), x.shape, np.float32)
        return standardize.enter(np.asarray(x))

    return entered(flow), tuple(enter(x) for x in sets)


def enter_contexts(flow: Flow, *contexts: Context) -> tuple[Flow, tuple[Context, ...]]:
    """(the flow as contexts enter it, the contexts as they have entered): see `surjax.precision`."""
    standardize = standardize_of_context(flow)
    given = [context for context in contexts if context is not None]
    if standardize is None or any(np.shape(context)[1:] != standardize.shape for context in given):
        return flow, contexts
    entered = (
        None if context is None else standardize.enter(numbers(context, "context")) for context in contexts
    )
    return context_entered(flow), tuple(entered)


def given_data(
    flow: Flow, config: TrainConfig, given: Examples, held_out: Examples, large: bool | None = None
) -> tuple[Flow, Examples, Examples | None, Plan]:
    """(the flow as the rows enter it, the rows to train on, those to evaluate on if there are any, the plan).

    The rows to train on lie on the host where they are to stream, else on the device, as the others do.

    Raises DataError where rows, or what is cropped of them, do not fit the model or are not finite (those
    that stream are looked at as they are read), ConfigError where it has no trained parameters.
    """
    if count_parameters(flow) == 0:
        raise ConfigError("the model has no trained parameters: there is nothing to fit.")
    flow, (x, validation) = enter_rows(flow, given.x, held_out.x)
    flow, (context, held_context) = enter_contexts(flow, given.context, held_out.context)
    held_out = held_out._replace(context=held_context)
    data = _checked(flow, given._replace(x=x, context=context), config)
    streams = config.streams(data.host_bytes)
    gaps = takes_gaps(flow)
    data = data.on_host() if streams else data.on_device().require_finite(gaps=gaps)
    if validation is None:
        return flow, data, None, replace(make_plan(config, data.n, flow.shape, large), gaps=gaps)
    checked = _checked(flow, held_out._replace(x=validation), config)
    plan = replace(make_plan(config, data.n, flow.shape, large, checked.n), gaps=gaps)
    return flow, data, _held_out_data(checked, plan), plan


def _held_out_data(data: Examples, plan: Plan) -> Examples:
    config, rows = plan.config, plan.validation_rows
    if rows < data.n:
        if config.validation_rows is None:
            warnings.warn(
                f"each evaluation is of {rows:,} of the {data.n:,} validation rows, so that validation "
                "takes no more than about a tenth of the training; validation_rows and eval_every choose "
                "otherwise.",
                stacklevel=4,
            )
        data = data.first(rows)
        data = data._replace(weight=relative_weights(data.weight, rows))
    data = data.on_device()
    return _centred(data.require_finite("validation", "validation_context", gaps=plan.gaps), config)


def _centred(data: Examples, config: TrainConfig) -> Examples:
    """The data, on the device, as they are evaluated: of images to be cropped the middle."""
    return data if config.crop is None else data._replace(x=centre(data.x, config.crop))


def _checked(flow: Flow, given: Examples, config: TrainConfig) -> Examples:
    """The data where they lie; DataError where they, or what is cropped of them, do not fit the model."""
    data = Examples(_array(given.x), jax.tree.map(lambda leaf: _array(leaf, "context"), given.context))
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
    return data._replace(weight=relative_weights(given.weight, data.n))


def _array(x: Any, name: str = "x") -> Any:
    """Rows as they are where they are read one by one, else as an array of numbers: see `numbers`."""
    if hasattr(x, "nbytes") and (isinstance(x, np.memmap) or not isinstance(x, np.ndarray | jax.Array)):
        return x
    return numbers(x, name)


_shuffled = jax.jit(shuffled, static_argnums=2)


def initialize(flow: Flow, data: Examples, plan: Plan) -> Flow:
    """The flow after its data-dependent initialisation on a first batch, some of the rows to train on."""
    key, draw = jax.random.split(jax.random.key(plan.config.seed))
    batch = data
    if data.n > plan.initial_rows or data.weight is not None:
        if data.weight is None:
            rows = _shuffled(key, jnp.arange(plan.initial_rows), data.n)
        else:
            rows = rows_by_weight(data.weight, min(data.n, plan.initial_rows))
        batch = data.read(np.asarray(rows)) if data.host_bytes else data.take(rows)
        batch.require_finite(rows=lambda: np.asarray(rows), gaps=plan.gaps)
    batch = _centred(batch.on_device(), plan.config)
    return flow.initialize(batch.x, draw, batch.context)


@promoting
def initialized(
    flow: Flow, x: Any, *, context: Context = None, weight: Any = None, config: TrainConfig | None = None
) -> Flow:
    """The flow that `fit` would start from: initialised on the data, and not trained.

    Args and Raises: as for `fit`.

    >>> import jax, surjax as sx
    >>> x = 3 + jax.random.normal(jax.random.key(0), (512, 2))
    >>> flow = initialized(sx.Flow(sx.Normal((2,)), sx.ActNorm((2,))), x)
    >>> bool(abs(flow.transform.loc - 3).max() < 0.2)
    True
    """
    config = config or TrainConfig()
    flow, data, _, plan = given_data(flow, config, Examples(x, context, weight), Examples(None))
    return entered(initialize(flow, data, plan), False)
