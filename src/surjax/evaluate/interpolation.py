"""Paths between examples through a model's latent space."""

from functools import partial
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from surjax.chunks import chunk_for
from surjax.errors import ConfigError
from surjax.evaluate.noise import in_noise
from surjax.flow import Flow, Latent
from surjax.typing import Array

Route = Literal["spherical", "linear", "latent", "noise"]


def interpolate(
    flow: Flow,
    start: Any,
    end: Any,
    steps: int = 8,
    path: Route = "spherical",
    key: Any = None,
    chunk: int | None = None,
) -> np.ndarray:
    """Go from each example to another one in the latent space, and decode what lies between.

        linear      (1 − t) a + t b
        latent      the same straight line, by the name that says what it goes through (Mahajan et al. 2020,
                    mAR-SCF, with λ₁ = λ₂ = 0)
        spherical   sin((1 − t)ω)/sin(ω) a + sin(tω)/sin(ω) b,  ω the angle between a and b
        noise       the spherical path through the standard normal noise that a and b are made of

    z and everything that was dropped on the way move along the path, each array of an example by itself;
    whole numbers and truth values go over from one to the other in the middle. A normal z keeps its length
    on the spherical path, which a linear one shortens (White 2016, Sampling Generative Networks).

    On the path of noise each part is first turned into the noise that its distribution makes it of, given
    what it is conditioned on, and is made of noise again on the way of decoding (see `in_noise`). So what
    lies between is made of as probable noise as the ends are, also where the density of a prior between two
    latents is low, as that of an autoregressive one may be. Each distribution of the model has to be a
    bijection of normal noise, as `Normal`, `AutoregressiveNormal` and flows of bijections over them are,
    conditional or not.

    Args:
        flow: the model.
        start: examples with one leading axis.
        end: as many.
        steps: how many examples there are on each path, both ends among them; 2 or more.
        path: "spherical", "linear", "latent" or "noise".
        key: of the draws of the encoding; `jax.random.key(0)` without it.
        chunk: how many examples go through the model at once.

    Returns:
        (n, steps, *shape).

    Raises:
        ConfigError: steps is below 2, or the path is of noise and a distribution of the model has none.

    >>> import surjax as sx
    >>> flow = sx.Flow(sx.Normal((2,)), sx.Scale(0.5))
    >>> interpolate(flow, np.array([[2.0, 0.0]]), np.array([[0.0, 2.0]]), steps=3).round(2).tolist()
    [[[2.0, 0.0], [1.41, 1.41], [0.0, 2.0]]]
    """
    if steps < 2:
        raise ConfigError(f"steps is {steps} and must be at least 2: both ends are among them.")
    chunk = chunk_for(flow.shape) if chunk is None else chunk
    key = jax.random.key(0) if key is None else key
    flow = in_noise(flow) if path == "noise" else flow
    n = len(start)
    both = flow.encode(jnp.concatenate([jnp.asarray(start), jnp.asarray(end)]), key, chunk=chunk)
    between = _between(both, n, steps, path)
    x = flow.decode(*between, key=key, chunk=chunk)
    return np.asarray(x).reshape(n, steps, *flow.shape)


@partial(jax.jit, static_argnums=(1, 2, 3))
def _between(both: Latent, n: int, steps: int, path: Route) -> Latent:
    """The latents on each path, one after another, from those of all starts and then all ends."""
    mix = jax.vmap(_spherical if path in ("spherical", "noise") else _linear, (None, None, 0))
    mixes, t = jax.vmap(mix, (0, 0, None)), jnp.linspace(0, 1, steps)

    def along(leaf: Array) -> Array:
        return mixes(leaf[:n], leaf[n:], t).reshape(n * steps, *leaf.shape[1:])

    return jax.tree.map(along, both)


def _linear(a: Array, b: Array, t: Array) -> Array:
    if not jnp.issubdtype(a.dtype, jnp.floating):
        return jnp.where(t < 0.5, a, b)
    t = t.astype(a.dtype)
    return (1 - t) * a + t * b


def _spherical(a: Array, b: Array, t: Array) -> Array:
    if not jnp.issubdtype(a.dtype, jnp.floating):
        return _linear(a, b, t)
    lengths = jnp.linalg.norm(a.ravel()) * jnp.linalg.norm(b.ravel())
    cosine = jnp.sum(a * b) / jnp.where(lengths > 0, lengths, 1)
    angle = jnp.arccos(jnp.clip(cosine, -1, 1))
    along = jnp.sin(angle) > 1e-4  # for vectors that point the same way the two paths are one
    sine = jnp.where(along, jnp.sin(angle), 1)
    t = t.astype(a.dtype)
    arc = (jnp.sin((1 - t) * angle) * a + jnp.sin(t * angle) * b) / sine
    return jnp.where(along, arc, _linear(a, b, t))
