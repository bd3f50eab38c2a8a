"""A training from its start to its end: calls of the compiled program, reports, checkpoints, Ctrl-C."""

import contextlib
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

from surjax.errors import TrainingError
from surjax.flow import Flow
from surjax.interrupt import ctrl_c
from surjax.parameters import partition
from surjax.precision import entered
from surjax.train.checkpoint import Checkpoints
from surjax.train.config import TrainConfig
from surjax.train.distributed import agreed, first_process
from surjax.train.examples import Examples
from surjax.train.feed import Feed
from surjax.train.loop import Report
from surjax.train.objective import Objective
from surjax.train.optimizer import optimizer as make_optimizer
from surjax.train.plan import Plan
from surjax.train.program import Program
from surjax.train.state import TrainState, start


class Progress(NamedTuple):
    """What training tells as it goes: losses in nats an example, or as the objective has them; seconds.

    evaluated: whether the model was evaluated at this step, which it is at the same steps whatever the
    speed, and once more where the minutes end; else validation_loss is NaN and train_loss the mean since
    the last evaluation. Step 0 is the model that training starts from, whose train_loss is NaN.
    examples_per_second: how many rows training went through in a second since this session began, without
    the time of evaluations where that could be told apart.
    part: which part of a model this is of, where it is trained part by part, or which of several models.
    flow: at an evaluation, a function that gives a callback the model that was evaluated, a copy which it may
    keep; it is to be called before the callback returns. At other times, and in `Fit.history`, it is None.
    """

    step: int
    steps: int
    train_loss: float
    validation_loss: float
    best_loss: float
    bad_steps: int
    seconds: float
    evaluated: bool = True
    examples_per_second: float = math.nan
    part: str = ""
    flow: Callable[[], Flow] | None = None


Callback = Callable[[Progress], Any]
"""What `fit` calls at each report; it ends the training by returning True."""


def of_part(part: str, callback: Callback) -> Callback:
    """The callback, told of each progress that it is that of this part: see `Progress.part`."""
    return lambda progress: callback(progress._replace(part=part))


class Fit(NamedTuple):
    """What `fit` gives back.

    flow: the fitted model. history: one `Progress` an evaluation, with validation rows from step 0 on, the
    model before the first step. compile_seconds, train_seconds: the
    time to get the program ready, next to nothing where the process had compiled it already, and the time it
    ran. stopped: "steps" (or the epochs, counted in steps), "minutes", "patience", "callback", or
    "interrupted" by Ctrl-C: then the model is not trained to the end. step: how many steps were taken in all.
    bad_steps: how many of them were skipped, because their loss or gradient was not finite.
    """

    flow: Flow
    history: list[Progress]
    compile_seconds: float
    train_seconds: float
    stopped: str
    step: int
    bad_steps: int = 0


BAD_ROWS = (
    "look for rows far from the others or outside of what the model can give, and for columns of one value"
)
"""What to do about rows where not one step had a finite loss."""


def run_training(
    flow: Flow,
    feed: Feed,
    held_out: Examples | None,
    plan: Plan,
    objective: Objective,
    *,
    optimizer: optax.GradientTransformation | None = None,
    callbacks: Sequence[Callback] = (),
    checkpoints: str | Path | None = None,
    bad_step_advice: str = BAD_ROWS,
) -> Fit:
    """Train a flow by the plan, from the state that the checkpoints hold if there is one.

    Args:
        flow: the model, initialised.
        feed: where the steps take their examples from; it is closed in the end.
        held_out: the examples that the model is evaluated on, if there are any.
        plan: the settings, with nothing left open.
        objective, optimizer, callbacks, checkpoints: as for `fit`.
        bad_step_advice: what to look at where not one step had a finite loss.

    Raises ConfigError, TrainingError and RunError as `fit` does.
    """
    config, follow = plan.config, make_optimizer(plan, optimizer)
    state, static = start(flow, config, follow), partition(flow)[1]
    store = None if checkpoints is None else Checkpoints(checkpoints)
    state, spent = (None if store is None else store.restore(state)) or (state, 0.0)
    state, history = plan.devices.place(state), list[Progress]()
    stopped = _why_stop(state, plan, spent, bad_step_advice)
    program = Program(state, static, feed, held_out, plan, follow, objective, compiled=not stopped)
    saved_at, report = time.perf_counter(), None

    def whole(params: Any) -> Flow:
        """The model of these parameters, of data in their own units."""
        return entered(eqx.combine(params, static), False)

    def tell(state: TrainState, report: Report | None) -> bool:
        """Whether a callback wants to stop."""
        progress = _progress(state, report, program, spent + program.run_seconds)
        if progress.evaluated:
            history.append(progress)
            progress = progress._replace(flow=lambda: whole(_copy(plan, state.kept)))
        answers = [callback(progress) for callback in callbacks] if first_process() else []
        return any(answer is True for answer in answers)

    with contextlib.closing(feed):
        try:
            with ctrl_c() as asked_to_stop:
                if held_out is not None and not stopped and _is_the_start(state):
                    with asked_to_stop.held():
                        state, report = program.evaluate(state)
                    stopped = "callback" * int(agreed(float(tell(state, report))))
                while not stopped:
                    with asked_to_stop.held():
                        state, report = program(state)
                    enough = tell(state, report)
                    seconds = spent + program.run_seconds
                    asked = agreed(2.0 if asked_to_stop() else float(enough))
                    why = _why_stop(state, plan, seconds, bad_step_advice)
                    stopped = why or ("", "callback", "interrupted")[int(asked)]
                    unsaved = agreed(time.perf_counter() - saved_at) / 60
                    if store is not None and unsaved > config.checkpoint_minutes:
                        store.save(state, seconds)
                        saved_at = time.perf_counter()
        except KeyboardInterrupt:
            stopped = "interrupted"
        train_seconds = spent + program.run_seconds
        if store is not None and program.run_seconds:
            store.save(state, train_seconds)
        if stopped in ("minutes", "callback") and program.run_seconds and report is None:
            # after it was saved: a run that goes on is evaluated as one that was never stopped
            with ctrl_c():  # the training has ended: a first Ctrl-C has nothing left to stop
                state, report = program.evaluate(state)
                tell(state, report)
    flow = whole(plan.devices.fetch(_chosen(state, config, held_out is not None)))
    step, bad_steps = int(state.step), int(state.bad_steps)
    return Fit(flow, history, program.compile_seconds, train_seconds, stopped, step, bad_steps)


def _is_the_start(state: TrainState) -> bool:
    """Whether no step was taken and nothing was evaluated."""
    evaluated = int(state.evaluations_since_best) or bool(jnp.isfinite(state.best_loss))
    return not int(state.step) and not evaluated


def _chosen(state: TrainState, config: TrainConfig, evaluated: bool) -> Any:
    """The parameters that the training ends with."""
    best = config.keep_best and evaluated and bool(jnp.isfinite(state.best_loss))
    return state.best if best else state.kept


def _copy(plan: Plan, params: Any) -> Any:
    """Arrays of their own, which the program will not take over, on the default device alone."""
    return jax.tree.map(jnp.copy, params) if plan.devices.n == 1 else plan.devices.fetch(params)


def _progress(state: TrainState, report: Report | None, program: Program, seconds: float) -> Progress:
    so_far = Report(state.loss_sum / jnp.maximum(state.loss_count, 1), state.loss_count, None)
    mean, steps, validation_loss = report or so_far
    return Progress(
        step=int(state.step),
        steps=program.plan.steps,
        train_loss=float(mean) if int(steps) else math.nan,
        validation_loss=math.nan if validation_loss is None else float(validation_loss),
        best_loss=float(state.best_loss),
        bad_steps=int(state.bad_steps),
        seconds=seconds,
        evaluated=report is not None,
        examples_per_second=program.examples_per_second,
    )


def _why_stop(state: TrainState, plan: Plan, seconds: float, bad_step_advice: str) -> str:
    """Why training ends here; empty where it goes on."""
    config = plan.config
    if int(state.bad_in_a_row) >= config.max_bad_steps:
        bad, step = int(state.bad_in_a_row), int(state.step)
        if int(state.bad_steps) == step:
            raise TrainingError(
                f"training stopped at step {step}: not one step had a finite loss and gradient, so the "
                f"learning rate is not to blame; {bad_step_advice}."
            )
        raise TrainingError(
            f"training stopped at step {step}: {bad} steps in a row had a "
            "loss or gradient that was not finite; lower the learning rate or set clip_norm."
        )
    if int(state.step) >= plan.steps:
        return "steps"
    if config.minutes is not None and seconds >= 60 * config.minutes:
        return "minutes"
    if config.patience is not None and int(state.evaluations_since_best) >= config.patience:
        return "patience"
    return ""
