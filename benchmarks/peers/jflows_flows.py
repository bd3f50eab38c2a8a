"""The spline flow in jflows (JAX)."""

from importlib.metadata import version

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jflows.core.flows import GeneralCouplingTransform
from jflows.core.transforms import ComposedTransform, MonotonicRQSTransform

from peers.flowjax_flows import shuffled_batches
from peers.jax_steps import timed_steps
from peers.library import Architecture, Kind


class JFlows:
    """jflows: its couplings and splines. It trains from energies, so the step from data is optax's Adam."""

    name = "jflows"
    version = version("jflows")
    framework = f"JAX {jax.__version__}"
    kinds: tuple[Kind, ...] = ("spline_coupling",)

    def build(self, kind: Kind, dim: int, config: Architecture, seed: int) -> None:
        """Couplings of one half and then of the other, with the library's networks."""
        self.key, key = jax.random.split(jax.random.key(seed))
        first = np.arange(dim) < dim // 2
        self.layers = [
            GeneralCouplingTransform(
                layer_key,
                dim,
                first if i % 2 == 0 else ~first,
                univariate=MonotonicRQSTransform,
                shapes=[(config.bins,), (config.bins,), (config.bins - 1,)],
                hidden_features=(config.width,) * config.depth,
                activation=jax.nn.relu,
                bound=jnp.full(
                    (), config.tail_bound, jnp.float32
                ),  # of no weak type, or the step compiles twice
                slope=1e-3,
            )
            for i, layer_key in enumerate(jax.random.split(key, config.layers))
        ]
        self.dim = dim
        self.parameters = sum(p.size for p in jax.tree.leaves(eqx.filter(self.layers, eqx.is_inexact_array)))
        self.parameters -= config.layers  # the bounds

    def train(self, x: np.ndarray, steps: int, batch: int, lr: float) -> tuple[float, float]:
        """Take Adam steps, each a compiled call."""
        batches = shuffled_batches(self.next_key(), jnp.asarray(x), batch)
        optimizer = optax.adam(lr)
        params, static = eqx.partition(self.layers, eqx.is_inexact_array)
        state = optimizer.init(params)

        @jax.jit
        def step(params, state, x):
            gradient = jax.grad(lambda params: -log_density(eqx.combine(params, static), x).mean())(params)
            updates, state = optimizer.update(gradient, state, params)
            return optax.apply_updates(params, updates), state

        def update(params, state):
            return step(params, state, next(batches))

        params, first, seconds = timed_steps(update, params, state, steps)
        self.layers = eqx.combine(params, static)
        return first, seconds

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """The log-density of each row of x, in nats."""
        return np.asarray(log_density(self.layers, jnp.asarray(x)))

    def sample(self, n: int) -> np.ndarray:
        """n samples, shape (n, dim)."""
        return np.asarray(draw(self.layers, self.next_key(), n, self.dim))

    def next_key(self) -> jax.Array:
        """A key not used before."""
        self.key, key = jax.random.split(self.key)
        return key


@eqx.filter_jit
def log_density(layers: list, x: jax.Array) -> jax.Array:
    """The log-density of each row of x."""
    z, log_det = ComposedTransform(*[layer() for layer in layers]).call_and_ladj(x)
    return jax.scipy.stats.norm.logpdf(z).sum(-1) + log_det


@eqx.filter_jit
def draw(layers: list, key: jax.Array, n: int, dim: int) -> jax.Array:
    """n samples."""
    return ComposedTransform(*[layer() for layer in layers]).inv(jax.random.normal(key, (n, dim)))


LIBRARY = JFlows
