"""The two flows in flowjax (JAX)."""

from collections.abc import Iterator
from importlib.metadata import version

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import paramax
from flowjax.bijections import (
    Affine,
    Chain,
    Coupling,
    Flip,
    Invert,
    MaskedAutoregressive,
    RationalQuadraticSpline,
    Scan,
)
from flowjax.distributions import StandardNormal, Transformed
from flowjax.train.losses import MaximumLikelihoodLoss
from flowjax.train.train_utils import get_batches, step

from peers.jax_steps import timed_steps
from peers.library import Architecture, Kind


class FlowJax:
    """flowjax: its own compiled training step, and its flows' scan over the layers."""

    name = "flowjax"
    version = version("flowjax")
    framework = f"JAX {jax.__version__}"

    def build(self, kind: Kind, dim: int, config: Architecture, seed: int) -> None:
        """Build the flow as the library's `coupling_flow` and `masked_autoregressive_flow` do.

        Those two shuffle the dimensions between layers at random; here they are reversed.
        """
        network = {"nn_width": config.width, "nn_depth": config.depth}

        def layer(key: jax.Array) -> Chain:
            if kind == "maf":
                bijection = MaskedAutoregressive(key, transformer=Affine(), dim=dim, **network)
            else:
                bijection = Coupling(
                    key,
                    transformer=RationalQuadraticSpline(knots=config.bins - 1, interval=config.tail_bound),
                    untransformed_dim=dim // 2,
                    dim=dim,
                    **network,
                )
            return Chain([bijection, Flip((dim,))])

        self.key, key = jax.random.split(jax.random.key(seed))
        layers = eqx.filter_vmap(layer)(jax.random.split(key, config.layers))
        self.flow = Transformed(StandardNormal((dim,)), Invert(Scan(layers)))
        self.parameters = sum(p.size for p in jax.tree.leaves(trainable(self.flow)[0]))

    def train(self, x: np.ndarray, steps: int, batch: int, lr: float) -> tuple[float, float]:
        """Take Adam steps, in the loop of the library's `fit_to_data`, without its validation."""
        batches = shuffled_batches(self.next_key(), jnp.asarray(x), batch)
        optimizer, loss_fn = optax.adam(lr), MaximumLikelihoodLoss()
        params, static = trainable(self.flow)
        state = optimizer.init(params)

        def update(params, state):
            return step(
                params,
                static,
                next(batches),
                optimizer=optimizer,
                opt_state=state,
                loss_fn=loss_fn,
            )[:2]

        params, first, seconds = timed_steps(update, params, state, steps)
        self.flow = eqx.combine(params, static)
        return first, seconds

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """The log-density of each row of x, in nats."""
        return np.asarray(log_density(self.flow, jnp.asarray(x)))

    def sample(self, n: int) -> np.ndarray:
        """n samples, shape (n, dim)."""
        return np.asarray(draw(self.flow, self.next_key(), n))

    def next_key(self) -> jax.Array:
        """A key not used before."""
        self.key, key = jax.random.split(self.key)
        return key


def trainable(flow: Transformed):
    """The parameters that training changes, and the rest of the flow."""
    return eqx.partition(
        flow, eqx.is_inexact_array, is_leaf=lambda leaf: isinstance(leaf, paramax.NonTrainable)
    )


def shuffled_batches(key: jax.Array, data: jax.Array, batch: int) -> Iterator[jax.Array]:
    """Batches without end, the data shuffled anew for each epoch."""
    while True:
        key, shuffle = jax.random.split(key)
        yield from get_batches([jax.random.permutation(shuffle, data)], batch)[0]


@eqx.filter_jit
def log_density(flow: Transformed, x: jax.Array) -> jax.Array:
    """The log-density of each row of x."""
    return flow.log_prob(x)


@eqx.filter_jit
def draw(flow: Transformed, key: jax.Array, n: int) -> jax.Array:
    """n samples."""
    return flow.sample(key, (n,))


LIBRARY = FlowJax
