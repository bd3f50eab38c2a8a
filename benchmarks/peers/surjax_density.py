"""Fits to log-densities in surjax."""

import time
from importlib.metadata import version

import jax
import jax.numpy as jnp
import numpy as np

import surjax as sx
from peers.density_library import Architecture
from surjax import inference, univariate


class SurjaxDensity:
    """surjax: `inference.fit_density`, its defaults but for the numbers that both libraries are given."""

    version = version("surjax")

    def fit(self, log_density, dim, architecture, *, steps, batch, learning_rate, start_temperature, seed):
        """See `DensityLibrary`."""
        config = inference.DensityConfig(
            steps=steps,
            batch_size=batch,
            learning_rate=learning_rate,
            start_temperature=start_temperature,
            seed=seed,
        )
        began, cpu = time.perf_counter(), time.process_time()
        fitted = inference.fit_density(build(dim, architecture, seed), log_density, config)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        self.flow, self.key = fitted.flow, jax.random.key(seed + 1000)
        self.parameters = sx.count_parameters(fitted.flow)
        return {
            "seconds": seconds,
            "cpu_seconds": cpu,
            "compile_seconds": fitted.compile_seconds,
            "train_seconds": fitted.train_seconds,
            "elbo": fitted.elbo,
            "bad_steps": fitted.bad_steps,
        }

    def sample_and_log_prob(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """See `DensityLibrary`."""
        self.key, key = jax.random.split(self.key)
        x, log_prob = self.flow.sample_and_log_prob(key, n)
        return np.asarray(x), np.asarray(log_prob)

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """See `DensityLibrary`."""
        return np.asarray(self.flow.log_prob(jnp.asarray(x, jnp.float32)))


def build(dim: int, a: Architecture, seed: int) -> sx.Flow:
    """The flow: sampling is the direction of the splines that solves no quadratic."""
    network = sx.nn.MLP.of(hidden=(a.width,) * a.depth, zero_last=True)
    families = {
        "affine": univariate.Affine(),
        "spline": univariate.RationalQuadraticSpline(a.bins, a.interval),
        "circular": univariate.CircularSpline(a.bins, a.interval),
    }
    if a.kind == "circular":
        network = sx.nn.Periodic.of(network)

    def step(key):
        first, second = jax.random.split(key)
        coupling = sx.Coupling.of((dim,), families[a.kind], network, key=first)
        return sx.Chain(coupling, sx.Reverse() if dim == 2 else sx.Shuffle(dim, key=second))

    steps = sx.Inverse(sx.Repeat(step, a.layers, key=jax.random.key(seed)))
    return sx.Flow(sx.UniformTorus((dim,)) if a.kind == "circular" else sx.Normal((dim,)), steps)


LIBRARY = SurjaxDensity
