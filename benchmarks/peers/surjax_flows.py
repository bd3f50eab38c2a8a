"""The two flows in surjax."""

from importlib.metadata import version

import jax
import jax.numpy as jnp
import numpy as np

import surjax as sx
from peers.library import Architecture, Kind
from surjax import univariate


class Surjax:
    """surjax: `fit` for training, and `Flow.log_prob` and `Flow.sample` as a user calls them."""

    name = "surjax"
    version = version("surjax")
    framework = f"JAX {jax.__version__}"

    def build(self, kind: Kind, dim: int, config: Architecture, seed: int) -> None:
        """A scanned stack of steps: a coupling or a MADE, then a reversal of the dimensions."""
        hidden = (config.width,) * config.depth

        def step(key: jax.Array) -> sx.Chain:
            if kind == "maf":
                affine = univariate.Affine("tanh_exp")  # bounded scales: no sample overflows
                made = sx.nn.MADE.of(hidden=hidden, zero_last=True)
                return sx.Chain(sx.MaskedAutoregressive.of((dim,), affine, made, key=key), sx.Reverse())
            spline = univariate.RationalQuadraticSpline(config.bins, (-config.tail_bound, config.tail_bound))
            network = sx.nn.MLP.of(hidden=hidden, zero_last=True)
            return sx.Chain(sx.Coupling.of((dim,), spline, network, key=key), sx.Reverse())

        self.key, key = jax.random.split(jax.random.key(seed))
        self.flow = sx.Flow(sx.Normal((dim,)), sx.Repeat(step, config.layers, key=key))
        self.parameters = sx.count_parameters(self.flow)

    def train(self, x: np.ndarray, steps: int, batch: int, lr: float) -> tuple[float, float]:
        """Fit for so many steps; the loop is one compiled program, with no validation in it."""
        config = sx.TrainConfig(steps=steps, batch_size=batch, learning_rate=lr, eval_every=steps)
        fitted = sx.fit(self.flow, x, config=config)
        if fitted.stopped == "interrupted":
            raise KeyboardInterrupt
        self.flow = fitted.flow
        return fitted.compile_seconds, fitted.train_seconds

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """The log-density of each row of x, in nats."""
        return np.asarray(self.flow.log_prob(jnp.asarray(x)))

    def sample(self, n: int) -> np.ndarray:
        """n samples, shape (n, dim)."""
        self.key, key = jax.random.split(self.key)
        return np.asarray(self.flow.sample(key, n))


LIBRARY = Surjax
