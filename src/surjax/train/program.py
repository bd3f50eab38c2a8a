"""The compiled training program, called for one stretch of steps after another."""

import time
from typing import Any

import jax
import jax.numpy as jnp
import optax

from surjax.compilation import jit_with_options
from surjax.train.data import Block, Data
from surjax.train.distributed import agreed
from surjax.train.loop import Report, run_steps
from surjax.train.plan import Plan
from surjax.train.source import MOST_STEPS, Resident, Stream
from surjax.train.state import TrainState

STRETCH_SECONDS = 2.0
"""About how long one call takes: so long may Ctrl-C, a checkpoint or the end of the minutes have to wait."""


class Program:
    """`run_steps`, compiled once for a model, the source of its rows and its plan.

    A call takes over the arrays of the state that it is given, which can then be used no more.
    compile_seconds and run_seconds tell how long it took to compile and has run.
    """

    def __init__(
        self,
        state: TrainState,
        static: Any,
        source: Resident | Stream,
        validation: Data | None,
        plan: Plan,
        optimizer: optax.GradientTransformation,
        compiled: bool = True,
    ):
        self.plan = plan
        self.most = min(plan.interval, MOST_STEPS)
        self.source = source
        self.static, validation = plan.devices.place((static, validation))
        self.fixed = (validation, plan, optimizer, min(self.most, source.most))
        self.stretch = 1
        self.compile_seconds = self.run_seconds = 0.0
        self._paces = {False: (0, 0.0), True: (0, 0.0)}
        if compiled:
            rows, _ = source.at(int(state.step))
            began = time.perf_counter()
            self.run = _compiled(self._to(rows, 0, False), state)
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
        began, step = time.perf_counter(), int(state.step)
        while True:
            rows, until = self.source.at(step)
            step = min(end, until)
            state, report = self.run(self._to(rows, step, due and step == end), state)
            self.source.ahead()
            jax.block_until_ready((state, report))
            if step == end:
                break
        seconds = agreed(time.perf_counter() - began)
        self.run_seconds += seconds
        return state, report, seconds

    def _to(self, rows: Data | Block, end: int, due: bool) -> tuple[Any, ...]:
        to = self.plan.devices.place((jnp.asarray(end, jnp.int32), jnp.asarray(due)))
        return (*to, self.static, rows, *self.fixed)


def _take_steps(kept: tuple[Any, ...], state: TrainState) -> tuple[TrainState, Report]:
    return run_steps(state, *kept)


def _compiled(kept: tuple[Any, ...], state: TrainState) -> Any:
    return jit_with_options(_take_steps, donate="all-except-first").lower(kept, state).compile()
