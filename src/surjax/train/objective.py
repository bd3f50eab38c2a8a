"""What training lowers: the mean of an objective over a batch, as a whole or in parts."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.chunks import CHUNK, map_in_chunks
from surjax.errors import ConfigError, DataError
from surjax.flow import Flow
from surjax.regularization import is_noisy, with_noise
from surjax.train.devices import ONE_DEVICE, Devices
from surjax.train.examples import Examples
from surjax.typing import Array, Context, PRNGKey

Objective = Callable[[Flow, Any, PRNGKey, Context], Array]
"""(flow, x, key, context) → the loss of ONE example x, a scalar; training lowers its mean over examples."""


def negative_log_likelihood(flow: Flow, x: Any, key: PRNGKey, context: Context = None) -> Array:
    """−log p(x | context) of ONE example in nats, or a draw of its upper bound: maximum likelihood.

    It is what `surjax.fit` lowers where it is given no other objective, and any function of this signature
    can stand in its place.

    >>> import jax, surjax as sx
    >>> flow = sx.Flow(sx.Uniform((2,)), sx.Scale(2.0))
    >>> round(float(negative_log_likelihood(flow, jax.numpy.zeros(2), jax.random.key(0))), 4)
    -1.3863
    """
    return -flow.log_prob(x, key, context)


def require_context_used(objective: Objective, flow: Flow, data: Examples) -> None:
    """DataError where there is a context, and the objective looks at none of its arrays.

    Nothing is computed. What is handed on to a loop or a branch counts as looked at.
    """
    given = jax.tree.leaves(data.context)
    if not given:
        return
    context = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape[1:], a.dtype), data.context)
    x = jax.ShapeDtypeStruct(flow.shape, data.x.dtype)  # of data to be cropped a part
    trace = jax.make_jaxpr(lambda context, x, key: objective(flow, x, key, context))
    program = trace(context, x, jax.random.key(0)).jaxpr
    if not _looks_at(program, program.invars[: len(given)]):
        raise DataError(
            "the model takes no context and was given one: leave context out, or build the model of parts "
            "that see it."
        )


def _looks_at(program: Any, variables: Any) -> bool:
    """Whether a jaxpr has one of its variables in an equation or in what it gives."""
    wanted = {id(v) for v in variables}
    for equation in program.eqns:
        places = [i for i, v in enumerate(equation.invars) if id(v) in wanted]
        inner = equation.params["jaxpr"].jaxpr if equation.primitive.name in ("jit", "pjit") else None
        if places and (inner is None or _looks_at(inner, [inner.invars[i] for i in places])):
            return True
    return any(id(v) in wanted for v in program.outvars)


def losses(objective: Objective, flow: Flow, data: Examples, keys: Array) -> Array:
    """Each example's loss, times its weight, with a key of its own, of which there are as many as examples.

    Raises ConfigError where the objective gives anything but a number for an example.
    """

    def one(x: Any, key: Array, context: Any) -> Array:
        loss = jnp.asarray(objective(flow, x, key, context))
        if loss.shape or not jnp.issubdtype(loss.dtype, jnp.floating):
            raise ConfigError(
                f"the objective gives {loss.dtype} of shape {loss.shape} for one example and must give one "
                "real number: return a floating-point scalar."
            )
        return loss

    found = jax.vmap(one)(data.x, keys, data.context)
    return found if data.weight is None else data.weight.astype(found.dtype) * found


def training_losses(objective: Objective, flow: Flow, data: Examples, keys: Array) -> Array:
    """The same in training, where every example has noise of its own if parts of the flow are `Noisy`."""
    if not is_noisy(flow):
        return losses(objective, flow, data, keys)

    def noisy(flow: Flow, x: Any, key: PRNGKey, context: Context) -> Array:
        return objective(with_noise(flow, key), x, key, context)

    return losses(noisy, flow, data, keys)


def mean_loss(
    objective: Objective,
    flow: Flow,
    data: Examples,
    key: Any,
    chunk: int = CHUNK,
    devices: Devices = ONE_DEVICE,
) -> Array:
    """The mean over the examples, which go through the flow `chunk` at once, their keys split from one.

    Each chunk is divided over the devices.
    """

    def each(both: tuple[Examples, Array]) -> Array:
        return losses(objective, flow, *devices.divide(both))

    examples = (data, jax.random.split(key, data.n))
    return map_in_chunks(each, examples, data.n, chunk, devices.n).mean()


def loss_and_gradient(
    params: Any,
    static: Any,
    batch: Examples,
    key: Any,
    accumulate: int,
    devices: Devices,
    objective: Objective = negative_log_likelihood,
) -> tuple[Array, Any]:
    """The mean loss of a batch and its gradient in the parameters.

    The batch goes through the model in `accumulate` micro-batches one after the other, whose gradients
    are averaged, so that memory is that of one of them. Every example draws the same noise however the
    batch is divided. One example that is not finite makes the whole not finite.
    """
    if accumulate == 1 and not is_noisy(static):
        return jax.value_and_grad(
            lambda params: mean_loss(objective, eqx.combine(params, static), batch, key, devices=devices)
        )(params)
    keys = jax.random.split(key, batch.n)
    parts = jax.tree.map(lambda a: a.reshape(accumulate, -1, *a.shape[1:]), (batch, keys))
    parts = devices.divide(parts, axis=1)

    @jax.value_and_grad
    def one(params: Any, batch: Examples, keys: Array) -> Array:
        return training_losses(objective, eqx.combine(params, static), batch, keys).mean()

    def add(total: Any, part: Any) -> tuple[Any, None]:
        return jax.tree.map(jnp.add, total, one(params, *part)), None

    first = jax.tree.map(lambda a: a[0], parts)
    zero = jax.tree.map(lambda a: jnp.zeros(a.shape, a.dtype), jax.eval_shape(one, params, *first))
    total, _ = jax.lax.scan(add, zero, parts)
    return jax.tree.map(lambda a: a / accumulate, total)
