"""Fits to log-densities in flowjax."""

import time
from importlib.metadata import version

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import paramax
from flowjax.bijections import RationalQuadraticSpline
from flowjax.distributions import StandardNormal, Transformed, Uniform
from flowjax.flows import coupling_flow
from flowjax.train import fit_to_key_based_loss
from flowjax.train.losses import ElboLoss

from peers.density_library import Architecture


class FlowjaxDensity:
    """flowjax: `fit_to_key_based_loss` with `ElboLoss`, its variational fit."""

    version = version("flowjax")
    stick_the_landing = False

    def fit(self, log_density, dim, architecture, *, steps, batch, learning_rate, start_temperature, seed):
        """See `DensityLibrary`."""
        began, cpu = time.perf_counter(), time.process_time()
        self.key, build_key, fit_key = jax.random.split(jax.random.key(seed), 3)
        flow, _ = fit_to_key_based_loss(
            fit_key,
            build(build_key, dim, architecture),
            loss_fn=ElboLoss(log_density, num_samples=batch, stick_the_landing=self.stick_the_landing),
            steps=steps,
            learning_rate=learning_rate,
            show_progress=False,
        )
        jax.block_until_ready(jax.tree.leaves(eqx.filter(flow, eqx.is_array)))
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        self.flow = flow
        trained = eqx.filter(flow, eqx.is_inexact_array, is_leaf=_is_fixed)
        self.parameters = sum(p.size for p in jax.tree.leaves(trained))
        return {"seconds": seconds, "cpu_seconds": cpu}

    def sample_and_log_prob(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """See `DensityLibrary`."""
        self.key, key = jax.random.split(self.key)
        x, log_prob = _draw(self.flow, key, n)
        return np.asarray(x), np.asarray(log_prob)

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """See `DensityLibrary`."""
        return np.asarray(_log_prob(self.flow, jnp.asarray(x, jnp.float32)))


def build(key: jax.Array, dim: int, a: Architecture) -> Transformed:
    """The library's own `coupling_flow`, in the direction that makes sampling fast."""
    low, high = jnp.full(dim, a.interval[0]), jnp.full(dim, a.interval[1])
    spline = RationalQuadraticSpline(knots=a.bins - 1, interval=a.interval)
    return coupling_flow(
        key,
        base_dist=Uniform(low, high) if a.kind == "circular" else StandardNormal((dim,)),
        transformer=None if a.kind == "affine" else spline,
        flow_layers=a.layers,
        nn_width=a.width,
        nn_depth=a.depth,
        invert=False,
    )


def _is_fixed(leaf: object) -> bool:
    return isinstance(leaf, paramax.NonTrainable)


@eqx.filter_jit
def _draw(flow: Transformed, key: jax.Array, n: int) -> tuple[jax.Array, jax.Array]:
    return flow.sample_and_log_prob(key, (n,))


@eqx.filter_jit
def _log_prob(flow: Transformed, x: jax.Array) -> jax.Array:
    return flow.log_prob(x)


LIBRARY = FlowjaxDensity
