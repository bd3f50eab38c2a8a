"""Encoding and decoding again: how nearly a model is invertible in floating point."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surjax.chunks import chunk_for
from surjax.distributions import Given
from surjax.flow import Flow
from surjax.transforms.base import Transform
from surjax.transforms.chain import Chain
from surjax.transforms.inverse import Inverse
from surjax.transforms.surjections.rounding import Rounding
from surjax.typing import Context


@dataclasses.dataclass(frozen=True, eq=False)
class Reconstruction:
    """What came back of some examples.

    Attributes:
        x: what `decode(*encode(x))` gave.
        max_error: the largest |difference|. Of a model that dequantises it is measured behind that, so
            that it is a fraction of a step from one whole number to the next; else on x itself.
        dequantised: whether the model begins with dequantisation.
        changed: the share of the numbers of x that are others than they were.
    """

    x: np.ndarray
    max_error: float
    dequantised: bool
    changed: float


def reconstruct(
    flow: Flow, x: Any, key: Any, chunk: int | None = None, context: Context = None
) -> Reconstruction:
    """Encode examples with one leading axis, keep what was dropped, and decode them again.

    context: one context an example, where the model is conditional.

    >>> import jax, surjax as sx
    >>> flow = sx.Flow(sx.Normal((3,)), sx.Chain(sx.dequantize((3,)), sx.Scale(1 / 3)))
    >>> back = reconstruct(flow, np.array([[0, 7, 255]]), jax.random.key(0))
    >>> back.x.tolist(), back.changed, back.max_error < 1e-4
    ([[0.0, 7.0, 255.0]], 0.0, True)
    """
    chunk = chunk_for(flow.shape) if chunk is None else chunk
    x = jnp.asarray(x)
    first, rest = _divide(flow.transform)
    if first is None:
        latent = flow.encode(x, key, context, chunk)
        back = np.asarray(flow.decode(*latent, key=key, context=context, chunk=chunk))
        difference = np.abs(back - np.asarray(x))
        return Reconstruction(back, float(difference.max()), False, float((difference > 0).mean()))
    noise_key, key = jax.random.split(key)
    inner = Flow(flow.base, rest, flow.embedding)
    outer = Flow(Given(inner.shape), first, flow.embedding)
    continuous = outer.encode(x, noise_key, context, chunk).z
    latent = inner.encode(continuous, key, context, chunk)
    again = inner.decode(*latent, key=key, context=context, chunk=chunk)
    back = np.asarray(outer.decode(again, context=context, chunk=chunk))
    error = float(jnp.abs(again - continuous).max())
    return Reconstruction(back, error, True, float((back != np.asarray(x)).mean()))


def _divide(transform: Transform) -> tuple[Transform | None, Transform]:
    """The dequantisation that a transform begins with, where it does, and what follows."""
    if isinstance(transform, Inverse) and isinstance(transform.transform, Rounding):
        return transform, Chain()
    if isinstance(transform, Chain) and transform.transforms:
        head, *others = transform.transforms
        first, rest = _divide(head)
        return first, Chain(*((rest, *others) if first is not None else transform.transforms))
    return None, transform
