"""The compiled training program, called for one stretch of steps after another."""

import time
from typing import Any

import jax
import jax.numpy as jnp
import optax

from surjax.compilation import jit_with_options
from surjax.train.data import Data
from surjax.train.distributed import agreed
from surjax.train.loop import Report, run_steps
from surjax.train.plan import Plan
from surjax.train.state import TrainState

STRETCH_SECONDS = 2.0
"""About how long one call takes: so long may Ctrl-C, a checkpoint or the end of the minutes have to wait."""
MOST_STEPS = 2000
"""How many steps one call takes at most; the order of their rows is worked out beforehand."""


class Program:
    """`run_steps`, compiled once for a model, its data and its plan.

    A call takes over the arrays of the state that it is given, which can then be used no more.
    compile_seconds and run_seconds tell how long it took to compile and has run.
    """

    def __init__(
        self,
        state: TrainState,
        static: Any,
        data: Data,
        validation: Data | None,
        plan: Plan,
        optimizer: optax.GradientTransformation,
        compiled: bool = True,
    ):
        self.plan = plan
        self.most = min(plan.interval, MOST_STEPS)
        self.fixed = (*plan.devices.place((static, data, validation)), plan, optimizer, self.most)
        self.stretch = 1
        self.compile_seconds = self.run_seconds = 0.0
        self._paces = {False: (0, 0.0), True: (0, 0.0)}
        if compiled:
            began = time.perf_counter()
            self.run = _compiled(self._to(0, False), state)
            self.compile_seconds = time.perf_counter() - began

    def __call__(self, state: TrainState) -> tuple[TrainState, Report | None]:
        """Take some steps, up to the next evaluation at most; its report, where it was reached."""
        step, every = int(state.step), self.plan.interval
        due = min(step - step % every + every, self.plan.steps)
        end = min(step + self.stretch, due)
        state, report, seconds = self._run(state, end, end == due)
        steps_so_far, seconds_so_far = self._paces[end == due]
        self._paces[end == due] = (steps_so_far + end - step, seconds_so_far + seconds)
        self.stretch = max(1, min(round(STRETCH_SECONDS * (end - step) / seconds), self.most))
        return state, report if end == due else None

    def evaluate(self, state: TrainState) -> tuple[TrainState, Report]:
        """Take no step, and evaluate whether or not it is the turn of this one."""
        state, report, _ = self._run(state, int(state.step), True)
        return state, report

    @property
    def examples_per_second(self) -> float:
        """Of training alone, where some calls did not evaluate; else with the evaluations."""
        steps, seconds = self._paces[False] if self._paces[False][0] else self._paces[True]
        return self.plan.batch_size * steps / max(seconds, 1e-9)

    def _run(self, state: TrainState, end: int, due: bool) -> tuple[TrainState, Report, float]:
        began = time.perf_counter()
        state, report = jax.block_until_ready(self.run(self._to(end, due), state))
        seconds = agreed(time.perf_counter() - began)
        self.run_seconds += seconds
        return state, report, seconds

    def _to(self, end: int, due: bool) -> tuple[Any, ...]:
        return (*self.plan.devices.place((jnp.asarray(end, jnp.int32), jnp.asarray(due))), *self.fixed)


def _take_steps(kept: tuple[Any, ...], state: TrainState) -> tuple[TrainState, Report]:
    return run_steps(state, *kept)


def _compiled(kept: tuple[Any, ...], state: TrainState) -> Any:
    return jit_with_options(_take_steps, donate="all-except-first").lower(kept, state).compile()
