"""The compiled training program, called for one stretch of steps after another."""

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

from surjax import compilation
from surjax.train.distributed import agreed
from surjax.train.examples import Block, Examples, Moments
from surjax.train.feed import MOST_STEPS, Feed
from surjax.train.loop import Report, run_steps
from surjax.train.objective import Objective, negative_log_likelihood
from surjax.train.plan import Plan
from surjax.train.state import TrainState

PROGRAMS_KEPT = 8
"""How many programs a process keeps, the latest, for trainings that need the same again."""
STRETCH_SECONDS = 2.0
"""About how long one call takes: so long may Ctrl-C, a checkpoint or the end of the minutes have to wait."""


class Program:
    """`run_steps`, compiled once for a model, the feed of its rows and its plan.

    A call takes over the arrays of the state that it is given, which can then be used no more.
    compile_seconds and run_seconds tell how long it took to get ready, which is a moment where the process
    has a program for the same shapes already, and has run.
    """

    def __init__(
        self,
        state: TrainState,
        static: Any,
        feed: Feed,
        validation: Examples | None,
        plan: Plan,
        optimizer: optax.GradientTransformationExtraArgs,
        objective: Objective = negative_log_likelihood,
        compiled: bool = True,
    ):
        self.plan = plan
        self.most = min(plan.interval, MOST_STEPS)
        self.feed = feed
        keys = jax.tree.map(jax.random.key_data, plan.keys)
        given = plan.devices.place((static, validation, keys, objective))
        self.static, *self.fixed = *given, plan.for_any_seed, optimizer, min(self.most, feed.most)
        self.stretch = 1
        self.compile_seconds = self.run_seconds = 0.0
        self._paces = {False: (0, 0.0), True: (0, 0.0)}
        if compiled:
            rows, _ = feed.at(int(state.step))
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
            rows, until = self.feed.at(step)
            step = min(end, until)
            state, report = self.run(self._to(rows, step, due and step == end), state)
            self.feed.ahead()
            jax.block_until_ready((state, report))
            if step == end:
                break
        seconds = agreed(time.perf_counter() - began)
        self.run_seconds += seconds
        return state, report, seconds

    def _to(self, rows: Examples | Block | Moments, end: int, due: bool) -> tuple[Any, ...]:
        to = self.plan.devices.place((jnp.asarray(end, jnp.int32), jnp.asarray(due)))
        return (*to, self.static, rows, *self.fixed)


def _compiled(kept: tuple[Any, ...], state: TrainState) -> Callable[..., tuple[TrainState, Report]]:
    """(kept, state) → what `run_steps` gives, for arguments of the shapes and with the settings of these."""
    arrays, rest = eqx.partition((kept, state), eqx.is_array)
    (leaves, tree), (settings, form) = jax.tree.flatten(arrays), jax.tree.flatten(rest)
    run = _compile(
        tree,
        tuple(map(_shape, leaves)),
        form,
        tuple((type(setting), setting) for setting in settings),  # 1, 1.0 and True are equal
        tuple(compilation.compiler_options().items()),
        tuple(getattr(jax.config, name) for name in _CONFIG),
    )
    return lambda kept, state: run(eqx.filter(kept, eqx.is_array), state)


_CONFIG = ("jax_enable_x64", "jax_default_matmul_precision", "jax_default_prng_impl", "jax_default_device")
"""Of JAX's own settings those that make another program of the same arguments."""


@lru_cache(maxsize=PROGRAMS_KEPT)
def _compile(
    tree: Any,
    shapes: tuple[jax.ShapeDtypeStruct, ...],
    form: Any,
    settings: tuple[tuple[type, Any], ...],
    options: tuple[tuple[str, Any], ...],
    config: tuple[Any, ...],
) -> Any:
    """The program, which holds none of the arrays that it was compiled for."""
    kept_rest, state_rest = jax.tree.unflatten(form, [setting for _, setting in settings])

    def take_steps(kept: Any, state: Any) -> tuple[TrainState, Report]:
        end, due, *others = eqx.combine(kept, kept_rest)
        return run_steps(eqx.combine(state, state_rest), end, due, *others)

    jitted = jax.jit(take_steps, donate_argnums=1, compiler_options=dict(options))
    return jitted.lower(*jax.tree.unflatten(tree, shapes)).compile()


def _shape(array: jax.Array) -> jax.ShapeDtypeStruct:
    """All of an array that a program depends on."""
    sharding = array.sharding if array.committed else None
    weak = getattr(array, "weak_type", False)  # random keys have none
    return jax.ShapeDtypeStruct(array.shape, array.dtype, sharding=sharding, weak_type=weak)
