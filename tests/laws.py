"""The laws that every transform and distribution obeys.

A `TransformCase` or `DistributionCase` says how to make one and what may be put in; tests/cases.py
lists them and tests/test_laws.py runs every law over every case. To have a new transform checked, add
one line to tests/cases.py.
"""

import functools
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

import surjax as sx
from surjax.parameters import partition

DTYPES = ("float32", "float64")


def normal(*shape: int, scale: float = 1.0) -> Callable[[Any], Any]:
    """A sampler of one x of this shape, from N(0, scale²)."""
    return lambda key: scale * jax.random.normal(key, shape)


def uniform(*shape: int, low: float = 0.0, high: float = 1.0) -> Callable[[Any], Any]:
    """A sampler of one x of this shape, uniform between low and high."""
    return lambda key: jax.random.uniform(key, shape, minval=low, maxval=high)


def integers(*shape: int, low: int = 0, high: int) -> Callable[[Any], Any]:
    """A sampler of one x of this shape: whole numbers from low to high − 1, as floats."""
    return lambda key: jax.random.randint(key, shape, low, high).astype(float)


@dataclass(frozen=True)
class TransformCase:
    """One transform under the laws.

    make: key → the transform. x: key → one x of its domain. edges: xs at the edges of the domain,
    where round trips must hold and gradients be finite. base: makes the distribution of z, with which
    the model must integrate to 1: over `support`, all the values x can take, where x is discrete, and
    otherwise over the line or plane between `bounds` or, in more dimensions, by importance sampling.
    truth: x → log p(x) under that base, where the model gives only a bound. trained: how far
    parameters are moved at random for the trained-like half of the tests. x_tolerance: round trips, in
    float64; float32 gets tolerance32. repeats: whether z lies in the domain of x, so that the transform can
    follow itself.
    """

    make: Callable[[Any], sx.Transform]
    x: Callable[[Any], Any]
    edges: tuple[Any, ...] = ()
    context: Callable[[Any], Any] | None = None
    base: Callable[[], sx.Distribution] | None = None
    support: Any = None
    bounds: tuple[float, float] = (-12.0, 12.0)
    truth: Callable[[Any], Any] | None = None
    trained: float = 0.5
    tolerance64: float = 1e-8
    tolerance32: float = 2e-4
    repeats: bool = True


@dataclass(frozen=True)
class DistributionCase:
    """One distribution under the laws.

    make: key → the distribution. support: all the values of x, where x is discrete; otherwise the
    density is integrated between `bounds` for each of up to two numbers that x holds.
    """

    make: Callable[[Any], sx.Distribution]
    context: Callable[[Any], Any] | None = None
    support: Any = None
    bounds: tuple[float, float] = (-30.0, 30.0)
    edges: tuple[Any, ...] = ()
    trained: float = 0.5


def seed(name: str) -> Any:
    """A key of the case's own, the same in every run."""
    return jax.random.key(zlib.crc32(name.encode()))


def trained_like(model: Any, key: Any, amount: float) -> Any:
    """The model with every trained parameter moved by N(0, amount²)."""
    params, rest = partition(model)
    leaves, tree = jax.tree.flatten(params)
    keys = jax.random.split(key, max(len(leaves), 1))
    moved = [
        leaf + amount * jax.random.normal(k, leaf.shape, leaf.dtype)
        for leaf, k in zip(leaves, keys, strict=False)
    ]
    return eqx.combine(jax.tree.unflatten(tree, moved), rest)


def models(make: Callable[[Any], Any], name: str, amount: float) -> list[Any]:
    """The model as it is made, and with trained-like parameters."""
    fresh = make(seed(name))
    return [fresh, trained_like(fresh, seed(name + "trained"), amount)]


def draw(sampler: Callable[[Any], Any] | None, name: str, n: int) -> Any:
    """n draws of a case's sampler, stacked; None for none."""
    return None if sampler is None else jax.vmap(sampler)(jax.random.split(seed(name), n))


@dataclass(frozen=True)
class Findings:
    """What one program found out about a transform on a batch of xs (random ones, then edges)."""

    x: Any
    z: Any
    contribution: np.ndarray
    x_back: Any
    contribution_back: np.ndarray
    z_back: Any
    log_det: np.ndarray | None
    gradients_finite: bool


@functools.cache
def examine(name: str, dtype: str) -> list[Findings]:
    """Run a transform's every direction once, compiled as one program; the laws look at what it found."""
    from cases import TRANSFORMS

    case: TransformCase = TRANSFORMS[name]
    with jax.enable_x64(dtype == "float64"):
        xs = draw(case.x, name + "x", 16)
        if case.edges:
            edges = jnp.stack([jnp.asarray(edge, xs.dtype).reshape(xs.shape[1:]) for edge in case.edges])
            xs = jnp.concatenate([xs, edges])
        contexts = draw(case.context, name + "context", len(xs))
        keys = jax.random.split(seed(name + "keys"), len(xs))
        fresh, trained = models(case.make, name, case.trained)
        program = eqx.filter_jit(_examine)
        return [_findings(xs, *program(model, xs, keys, contexts)) for model in (fresh, trained)]


def _findings(xs: Any, out: dict[str, Any], gradients: Any) -> Findings:
    out = jax.tree.map(np.asarray, out)
    finite = all(bool(np.isfinite(g).all()) for g in jax.tree.leaves(gradients))
    return Findings(x=np.asarray(xs), gradients_finite=finite, **out)


def _examine(model: sx.Transform, xs: Any, keys: Any, contexts: Any) -> Any:
    bijective = isinstance(model, sx.Bijection)

    def one(x: Any, key: Any, context: Any) -> dict[str, Any]:
        z, contribution, dropped = model.encode(x, key, context)
        x_back, contribution_back, _ = model.decode(z, key, context, given=dropped)
        again = None
        if model.forward_deterministic:  # forward(inverse(z)) = z, whatever is drawn on the way back
            again = model.encode(model.inverse(z, key, context), None, context)[0]
        log_det = None
        if bijective:
            jacobian = jax.jacfwd(lambda x: model.forward(x, None, context)[0].ravel())(x)
            log_det = jnp.linalg.slogdet(jacobian.reshape(x.size, x.size))[1]
        return {
            "z": z,
            "contribution": contribution,
            "x_back": x_back,
            "contribution_back": contribution_back,
            "z_back": again,
            "log_det": log_det,
        }

    def scalar(both: Any) -> Any:
        params, xs = both

        def out(x: Any, key: Any, context: Any) -> Any:
            z, contribution = eqx.combine(params, rest).forward(x, key, context)
            return contribution + jnp.sum(jnp.asarray(z, float) ** 2)

        return jax.vmap(out)(xs, keys, contexts).sum()

    params, rest = partition(model)
    inexact = jnp.issubdtype(xs.dtype, jnp.inexact)
    gradients = eqx.filter_grad(scalar)((params, xs)) if inexact else None
    return jax.vmap(one)(xs, keys, contexts), gradients


def noise_of(model: sx.Distribution, x: Any, context: Any) -> tuple[Any, Any, Any]:
    """(noise of x, x made of it again, log p(x) by the noise's density and the Jacobian)."""
    noise = model.to_noise(x, context)
    flat, unravel = ravel_pytree(x)
    jacobian = jax.jacfwd(lambda flat: ravel_pytree(model.to_noise(unravel(flat), context))[0])(flat)
    log_prob = sx.Normal(flat.shape).log_prob(ravel_pytree(noise)[0]) + jnp.linalg.slogdet(jacobian)[1]
    return noise, model.from_noise(noise, context), log_prob


def integral(model: Any, case: Any, name: str, n: int = 200_000) -> tuple[float, float]:
    """(∫ p(x) dx, its standard error) for a distribution or flow.

    Where log_prob draws noise, the mean of exp(log_prob) over the noise is p(x) itself, so the same
    sums hold: exactly for a support that is summed over, by quadrature up to two dimensions where
    log_prob is exact, and by importance sampling otherwise.
    """
    context = None if case.context is None else case.context(seed(name + "context"))

    def density(x: Any, key: Any) -> Any:
        return jnp.exp(model.log_prob(x, None if model.exact else key, context))

    if case.support is not None:
        draws = 1 if model.exact else 4000
        keys = jax.random.split(seed(name + "noise"), draws)
        xs = jax.tree.map(jnp.asarray, case.support)
        sums = jax.jit(jax.vmap(lambda k: jax.vmap(lambda x: density(x, k))(xs).sum()))(keys)
        return float(sums.mean()), float(sums.std() / np.sqrt(draws))
    size = int(np.prod(model.shape))
    low, high = case.bounds
    if size <= 2 and model.exact:
        points = 20_001 if size == 1 else 701
        axis = low + (high - low) * (np.arange(points) + 0.5) / points
        grid = np.stack(np.meshgrid(*[axis] * size), -1).reshape(-1, *model.shape)
        values = jax.jit(lambda xs: jax.lax.map(lambda x: density(x, None), xs, batch_size=20_000))(grid)
        return float(np.asarray(values, float).sum() * ((high - low) / points) ** size), 0.0
    xs = 2.5 * jax.random.normal(seed(name + "proposal"), (n, *model.shape))
    proposal = sx.Normal(model.shape, 0.0, 2.5)
    keys = jax.random.split(seed(name + "noise"), n)
    weights = jax.jit(jax.vmap(lambda x, k: density(x, k) / jnp.exp(proposal.log_prob(x))))(xs, keys)
    return float(weights.mean()), float(weights.std() / np.sqrt(n))
