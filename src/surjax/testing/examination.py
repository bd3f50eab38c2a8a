"""Every direction of a transform, run once as one program: what most of the laws look at."""

import functools
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from surjax.parameters import partition
from surjax.testing.cases import TransformCase
from surjax.testing.models import both
from surjax.testing.samplers import draw, seed
from surjax.transforms.base import Transform


def one_to_one(model: Transform) -> bool:
    """Whether neither direction draws: a bijection, or a composition of them."""
    return model.forward_deterministic and model.inverse_deterministic


@dataclass(frozen=True)
class Findings:
    """What one program found out about a transform on a batch of xs (random ones, then edges).

    z_back is None where x → z draws, and log_det, of the Jacobian of x → z, where either direction does
    and in float32.
    """

    x: Any
    z: Any
    contribution: np.ndarray
    x_back: Any
    contribution_back: np.ndarray
    z_back: Any
    log_det: np.ndarray | None
    gradients_finite: bool


@functools.lru_cache(maxsize=8)
def examine(case: TransformCase, name: str, dtype: str) -> list[Findings]:
    """The findings of a case's transform, as it is made and with trained-like parameters."""
    with jax.enable_x64(dtype == "float64"):
        xs = batch(case, name, 16)
        contexts = draw(case.context, name + "context", len(xs))
        keys = jax.random.split(seed(name + "keys"), len(xs))
        program = eqx.filter_jit(_examine)
        return [
            _findings(xs, *program(model, xs, keys, contexts, case.tangent))
            for model in both(case, name, dtype, case.trained)
        ]


def batch(case: TransformCase, name: str, n: int) -> Any:
    """n random xs of a case, and then its edges."""
    xs = draw(case.x, name + "x", n)
    if not case.edges:
        return xs
    edges = [jnp.asarray(edge, xs.dtype).reshape(xs.shape[1:]) for edge in case.edges]
    return jnp.concatenate([xs, jnp.stack(edges)])


def _findings(xs: Any, out: dict[str, Any], gradients: Any) -> Findings:
    out = jax.tree.map(np.asarray, out)
    all_finite = all(bool(np.isfinite(g).all()) for g in jax.tree.leaves(gradients))
    return Findings(x=np.asarray(xs), gradients_finite=all_finite, **out)


def _examine(model: Transform, xs: Any, keys: Any, contexts: Any, tangent: Any) -> Any:
    def one(x: Any, key: Any, context: Any) -> dict[str, Any]:
        z, contribution, dropped = model.encode(x, key, context)
        x_back, contribution_back, _ = model.decode(z, key, context, given=dropped)
        again = None
        if model.forward_deterministic:  # forward(inverse(z)) = z, whatever is drawn on the way back
            again = model.encode(model.inverse(z, key, context), None, context)[0]
        log_det = None
        if one_to_one(model) and jnp.result_type(float) == jnp.float64:  # float32 could tell little of it
            jacobian = jax.jacfwd(lambda x: model.forward(x, None, context)[0].ravel())(x)
            jacobian = jacobian.reshape(-1, x.size)
            log_det = jnp.linalg.slogdet(jacobian if tangent is None else jacobian @ tangent)[1]
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
    return jax.vmap(one)(xs, keys, contexts), eqx.filter_grad(scalar)((params, xs))
