"""From surjax to flowjax."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError, ShapeError, SurjaxError
from surjax.flow import Flow
from surjax.interop.flowjax.of_surjax import SurjaxBijection, SurjaxDistribution
from surjax.transforms.base import Transform
from surjax.typing import Shape


def to_flowjax(
    model: Any, *, context_shape: Shape | None = None, shape: Shape | None = None
) -> SurjaxDistribution | SurjaxBijection:
    """A flow as flowjax's distribution, or a bijection as flowjax's bijection, with surjax's parameters.

    flowjax's condition is surjax's context, an array; batches of both broadcast as flowjax has it. The
    bijection's `transform` is z → x, as in flowjax's own flows. What flowjax trains of it is what surjax
    would: `Fixed` arrays stay. `from_flowjax` gives the model back, with what was trained.

    Args:
        model: an exact flow, or a bijection (also a chain of them) that keeps its shape.
        context_shape: the shape of one context; None where there is none.
        shape: of one x, where it does not follow from the bijection.

    Raises ConfigError where the flow gives a bound, where the transform is no bijection, or where it does not
    take such a context; ShapeError where the bijection changes shapes, or its shape is not given.

    >>> import surjax as sx
    >>> flow = to_flowjax(sx.Flow(sx.Normal((2,)), sx.Affine((2,), 0.5)))
    >>> flow.sample(jax.random.key(0), (4, 3)).shape
    (4, 3, 2)
    """
    if isinstance(model, Flow):
        if not model.exact:
            raise ConfigError(
                "this flow gives a lower bound, drawn anew each time, and flowjax's distributions have exact "
                "log-densities: give a flow whose exact is True."
            )
        _require_evaluated(lambda flow, x, c: flow.log_prob(x, context=c), model, model.shape, context_shape)
        return SurjaxDistribution(model, context_shape)
    if not isinstance(model, Transform):
        raise ConfigError(f"{type(model).__name__} is neither a Flow nor a bijection: give one.")
    if not (model.forward_deterministic and model.inverse_deterministic):
        raise ConfigError(f"{type(model).__name__} draws noise, and flowjax has bijections alone: give one.")
    shape = model.fixed_shape if shape is None else tuple(shape)
    if shape is None:
        raise ShapeError(f"{type(model).__name__} takes x of several shapes: give the one of x by shape=.")
    if model.z_shape(shape) != shape:
        raise ShapeError(
            f"{type(model).__name__} makes z of shape {model.z_shape(shape)} out of x of shape {shape}, and "
            "flowjax's bijections keep the shape: give one that does.",
            wanted=str(shape),
            given=model.z_shape(shape),
        )
    _require_evaluated(lambda b, x, c: b.forward(x, context=c), model, shape, context_shape)
    return SurjaxBijection(model, shape, context_shape)


def _require_evaluated(evaluate: Any, model: Any, shape: Shape, context_shape: Shape | None) -> None:
    """ConfigError where the model does not take a context of that shape."""
    dtype = jnp.result_type(float)
    context = None if context_shape is None else jax.ShapeDtypeStruct(tuple(context_shape), dtype)
    try:
        eqx.filter_eval_shape(evaluate, model, jax.ShapeDtypeStruct(shape, dtype), context)
    except SurjaxError as error:
        raise ConfigError(
            f"the model cannot be evaluated with context_shape={context_shape}, because "
            f"{str(error).partition(':')[0]}: give the shape of one context, or None where it takes none."
        ) from error
