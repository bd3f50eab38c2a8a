"""The compiled training program, called for one stretch of steps after another."""

import time
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

from surjax.train.config import TrainConfig
from surjax.train.loop import Data, Report, run_steps
from surjax.train.state import TrainState

STRETCH_SECONDS = 2.0
"""About how long one call takes: so long may Ctrl-C, a checkpoint or the end of the minutes have to wait."""
MOST_STEPS = 2000
"""How many steps one call takes at most; the order of their rows is worked out beforehand."""


class Program:
    """`run_steps`, compiled once for a model, its data and its settings.

    compile_seconds and run_seconds tell how long it took to compile and has run.
    """

    def __init__(
        self,
        state: TrainState,
        static: Any,
        data: Data,
        validation: Data | None,
        config: TrainConfig,
        optimizer: optax.GradientTransformation,
        compiled: bool = True,
    ):
        self.config = config
        self.most = min(config.interval, MOST_STEPS)
        self.fixed = (static, data, validation, config, optimizer, self.most)
        self.stretch = 1
        self.compile_seconds = self.run_seconds = 0.0
        if compiled:
            began = time.perf_counter()
            self.run = eqx.filter_jit(run_steps).lower(state, state.step, *self.fixed).compile()
            self.compile_seconds = time.perf_counter() - began

    def __call__(self, state: TrainState) -> tuple[TrainState, Report | None]:
        """Take some steps, up to the next evaluation at most; its report, where it was reached."""
        step, every = int(state.step), self.config.interval
        due = min(step - step % every + every, self.config.steps)
        end = min(step + self.stretch, due)
        began = time.perf_counter()
        state, report = jax.block_until_ready(self.run(state, jnp.asarray(end, jnp.int32), *self.fixed))
        seconds = time.perf_counter() - began
        self.run_seconds += seconds
        self.stretch = max(1, min(round(STRETCH_SECONDS * (end - step) / seconds), self.most))
        return state, report if end == due else None
