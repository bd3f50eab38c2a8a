"""What training lowers: the mean negative log-likelihood of a batch, as a whole or in parts."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.flow import CHUNK, Flow
from surjax.nn.dropout import has_dropout, with_dropout
from surjax.train.data import Data
from surjax.train.devices import Devices
from surjax.typing import Array


def loss(flow: Flow, data: Data, key: Any, chunk: int = CHUNK) -> Array:
    """The mean negative log-likelihood (or its bound's draw) of a batch, in nats an example."""
    return -flow.log_prob(data.x, key, data.context, chunk=chunk).mean()


def losses(flow: Flow, data: Data, keys: Array) -> Array:
    """Each example's, drawn with a key of its own: n keys split from one give what `loss` is the mean of."""
    return -jax.vmap(flow.log_prob)(data.x, keys, data.context)


def training_losses(flow: Flow, data: Data, keys: Array) -> Array:
    """Each example's, in which every example drops numbers of its own where the flow has `Dropout`."""
    if not has_dropout(flow):
        return losses(flow, data, keys)

    def one(x: Any, key: Array, context: Any) -> Array:
        return -with_dropout(flow, key).log_prob(x, key, context)

    return jax.vmap(one)(data.x, keys, data.context)


def loss_and_gradient(
    params: Any, static: Any, batch: Data, key: Any, accumulate: int, devices: Devices
) -> tuple[Array, Any]:
    """The mean loss of a batch and its gradient in the parameters.

    The batch goes through the model in `accumulate` micro-batches one after the other, whose gradients
    are averaged, so that memory is that of one of them. Every example draws the same noise however the
    batch is divided. One example that is not finite makes the whole not finite.
    """
    if accumulate == 1 and not has_dropout(static):
        return jax.value_and_grad(lambda params, batch: loss(eqx.combine(params, static), batch, key))(
            params, devices.divide(batch)
        )
    keys = jax.random.split(key, batch.n)
    parts = jax.tree.map(lambda a: a.reshape(accumulate, -1, *a.shape[1:]), (batch, keys))
    parts = devices.divide(parts, axis=1)

    @jax.value_and_grad
    def one(params: Any, batch: Data, keys: Array) -> Array:
        return training_losses(eqx.combine(params, static), batch, keys).mean()

    def add(total: Any, part: Any) -> tuple[Any, None]:
        return jax.tree.map(jnp.add, total, one(params, *part)), None

    first = jax.tree.map(lambda a: a[0], parts)
    zero = jax.tree.map(lambda a: jnp.zeros(a.shape, a.dtype), jax.eval_shape(one, params, *first))
    total, _ = jax.lax.scan(add, zero, parts)
    return jax.tree.map(lambda a: a / accumulate, total)


def chunked_loss(flow: Flow, data: Data, key: Any, chunk: int, devices: Devices) -> Array:
    """What `loss` is, `chunk` examples at once; each chunk is divided over the devices."""
    if devices.n == 1:
        return loss(flow, data, key, chunk)
    keys = jax.random.split(key, data.n)
    chunk = min(chunk, -(-data.n // devices.n) * devices.n)
    rows = jnp.arange(-(-data.n // chunk) * chunk).reshape(-1, chunk)

    def add(total: Array, rows: Array) -> tuple[Array, None]:
        there = rows < data.n  # the last chunk is filled up with the first row
        part, part_keys = devices.divide(jax.tree.map(lambda a: a[jnp.where(there, rows, 0)], (data, keys)))
        values = losses(flow, part, part_keys)
        return total + jnp.where(there, values, 0).sum(), None

    first = jax.eval_shape(losses, flow, *jax.tree.map(lambda a: a[:chunk], (data, keys)))
    total, _ = jax.lax.scan(add, jnp.zeros((), first.dtype), rows)
    return total / data.n
