"""The study of simulation-based inference: how near posteriors from simulations come to the true ones."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import jax
import jax.numpy as jnp
import numpy as np

from surjax.errors import ConfigError, RunError
from surjax.evaluate.c2st import c2st
from surjax.files import write_atomically
from surjax.inference import Calibration, Posterior, calibrate, npe
from surjax.json_text import json_text, read_json
from surjax.pictures import Panel, bounds_of, comparison, panel_of_samples
from surjax.pictures.calibration import draw_calibration
from surjax.runs import sole_writer
from surjax.studies.inference_tasks import TASKS, Task
from surjax.train import Progress, TrainConfig
from surjax.typing import Array

BUDGETS = (1_000, 10_000, 100_000)
OBSERVATIONS = 10
SAMPLES = 1_000
CALIBRATED = 1_000
LEVEL = 0.9
RESULTS = "results.json"
DRAWN = "drawn.npz"
"""The file beside a model that has what the pictures show of it."""


@dataclasses.dataclass(frozen=True)
class InferenceRow:
    """One line of results.json: a task's posterior from so many simulations.

    c2st: the accuracy of a classifier that tells draws of the posterior from as many reference draws, the
    mean over observations, whose own are in c2st_each; 0.5 is perfect. coverage: the share of truths inside
    regions of 90 %, over so many simulated observations (`calibrated`). leakage: the mean share of draws
    outside of the prior. compile_seconds, train_seconds, steps: of all members together, which may have
    trained side by side.
    """

    task: str
    simulations: int
    c2st: float
    c2st_each: tuple[float, ...]
    coverage: float
    calibrated: int
    leakage: float
    samples: int
    compile_seconds: float
    train_seconds: float
    steps: int
    dtype: str
    seed: int


class Observed(NamedTuple):
    """An x that a task made of a θ from its prior, and draws of the true posterior."""

    x: Array
    reference: Array


def observed(task: Task, number: int, samples: int) -> Observed:
    """The task's observation of this number, the same in every study, with so many reference draws."""
    theta_key, simulate_key, reference_key = jax.random.split(jax.random.key(10_000 + number), 3)
    x = task.simulate(simulate_key, task.prior.sample(theta_key))
    return Observed(x, task.reference(reference_key, x, samples))


def run_inference_study(
    out: str | Path,
    tasks: Sequence[str] = tuple(TASKS),
    budgets: Sequence[int] = BUDGETS,
    observations: int = OBSERVATIONS,
    samples: int = SAMPLES,
    calibrated: int = CALIBRATED,
    seed: int = 0,
    config: TrainConfig | None = None,
    on_row: Callable[[InferenceRow], None] | None = None,
    on_progress: Callable[[str, Progress], None] | None = None,
) -> list[InferenceRow]:
    """Estimate the posterior of every task from every budget of simulations; hold it against the true one.

    Args:
        out: the folder for results.json, posteriors.png and calibration.png, and the models, in
            models/TASK-BUDGET. What results.json has of the same settings, and whose model is still there, is
            not estimated again.
        tasks: which of `TASKS`.
        budgets: numbers of simulations.
        observations: how many observations of each task.
        samples: how many draws of each posterior are compared with as many of the reference.
        calibrated: over how many simulated observations the coverage is found.
        seed: of the simulations, the weights and the training.
        config: how each is trained, in place of `npe_training`; results.json does not hold it, so that each
            is to have a folder of its own.
        on_row: called with each row.
        on_progress: called with "TASK, BUDGET simulations" and the progress of its training.

    Raises:
        ConfigError: there is no such task.
        RunError: results.json is damaged, or of something else.
        SurjaxError: the folder cannot be written.
        KeyboardInterrupt: Ctrl-C ended a training, which is then no row.
    """
    for name in tasks:
        if name not in TASKS:
            raise ConfigError(f"there is no task {name!r}: choose of {', '.join(TASKS)}.")
    folder = Path(out)
    rows, shown = list[InferenceRow](), dict[str, _Shown]()
    with sole_writer(folder):
        kept = _kept(folder / RESULTS)
        for name in tasks:
            task = TASKS[name]()
            seen = [observed(task, i, samples) for i in range(observations)]
            for budget in budgets:
                asked = (name, budget, observations, samples, calibrated, seed)
                row, model = kept.get(asked), folder / "models" / f"{name}-{budget}"
                drawn = _Shown.read(model / DRAWN, asked)
                if row is None or drawn is None:
                    posterior = _estimated(task, budget, seed, config, on_progress)
                    row, drawn = _measured(task, posterior, seen, budget, calibrated, seed)
                    posterior.flow.save(model)
                    drawn.write(model / DRAWN, asked)
                shown[f"{name}, {budget:,}"] = drawn
                rows.append(row)
                kept[asked] = row
                _write_rows(list(kept.values()), folder / RESULTS)
                if on_row is not None:
                    on_row(row)
        panels = [_panels(row, each) for row, each in zip(rows, shown.values(), strict=True)]
        comparison(panels, folder / "posteriors.png")
        calibrations = [each.calibration for each in shown.values()]
        draw_calibration(calibrations, folder / "calibration.png", list(shown))
    return rows


class _Shown(NamedTuple):
    """What the pictures show of a posterior: its calibration, reference draws of the first observation, and
    its own."""

    calibration: Calibration
    reference: np.ndarray
    draws: np.ndarray

    def write(self, path: Path, asked: tuple[Any, ...]) -> None:
        """Keep it, whole or not at all, for a study of the same settings that goes on."""
        ranks, levels, num_samples = self.calibration
        with write_atomically(path) as temporary, temporary.open("wb") as file:
            np.savez(
                file,
                asked=json_text(asked),
                ranks=ranks,
                levels=levels,
                num_samples=num_samples,
                reference=self.reference,
                draws=self.draws,
            )

    @classmethod
    def read(cls, path: Path, asked: tuple[Any, ...]) -> "_Shown | None":
        """What `write` kept; None where there is nothing, where it is damaged or of other settings."""
        try:
            with np.load(path, allow_pickle=False) as kept:
                if str(kept["asked"]) != json_text(asked):
                    return None
                known = Calibration(kept["ranks"], kept["levels"], int(kept["num_samples"]))
                return cls(known, kept["reference"], kept["draws"])
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None


def _estimated(
    task: Task,
    budget: int,
    seed: int,
    config: TrainConfig | None,
    on_progress: Callable[[str, Progress], None] | None,
) -> Posterior:
    """The posterior; KeyboardInterrupt where Ctrl-C ended its training."""
    title = f"{task.name}, {budget:,} simulations"
    callbacks = () if on_progress is None else (lambda progress: on_progress(title, progress),)
    posterior = npe(
        task.prior,
        task.simulate,
        jax.random.key(seed),
        num_simulations=budget,
        config=config,
        callbacks=callbacks,
    )
    if any(fitted.stopped == "interrupted" for fits in posterior.fits for fitted in fits):
        raise KeyboardInterrupt
    return posterior


def _measured(
    task: Task, posterior: Posterior, seen: Sequence[Observed], budget: int, calibrated: int, seed: int
) -> tuple[InferenceRow, _Shown]:
    """(the row, what the pictures show)."""
    draw_key, leak_key, calibrate_key = jax.random.split(jax.random.key(seed + 1), 3)
    draws = posterior.sample_each(draw_key, len(seen[0].reference), jnp.stack([each.x for each in seen]))
    accuracies = [
        c2st(np.asarray(each.reference), np.asarray(own)) for each, own in zip(seen, draws, strict=True)
    ]
    calibration = calibrate(posterior, task.simulate, calibrate_key, calibrated)
    (fits,) = posterior.fits
    row = InferenceRow(
        task=task.name,
        simulations=budget,
        c2st=float(np.mean(accuracies)),
        c2st_each=tuple(accuracies),
        coverage=calibration.coverage(LEVEL),
        calibrated=calibrated,
        leakage=float(np.mean([posterior.leakage(leak_key, each.x) for each in seen])),
        samples=draws.shape[1],
        compile_seconds=sum(fitted.compile_seconds for fitted in fits),
        train_seconds=sum(fitted.train_seconds for fitted in fits),
        steps=sum(fitted.step for fitted in fits),
        dtype=str(draws.dtype),
        seed=seed,
    )
    return row, _Shown(calibration, np.asarray(seen[0].reference), np.asarray(draws[0]))


def _panels(row: InferenceRow, shown: _Shown) -> list[Panel]:
    """The last two parameters' reference draws, and the posterior's: in SLCP these are hard."""
    reference, draws = shown.reference, shown.draws
    bounds = bounds_of(reference[:, -2:])
    what = f"{row.task}, {row.simulations:,} simulations"
    return [
        panel_of_samples(reference[:, -2:], bounds, f"{row.task}: reference"),
        panel_of_samples(draws[:, -2:], bounds, what, f"C2ST {row.c2st_each[0]:.3f}"),
    ]


def _kept(path: Path) -> dict[tuple[Any, ...], InferenceRow]:
    try:
        rows = read_json(path) if path.exists() else []
        made = [InferenceRow(**{**row, "c2st_each": tuple(row["c2st_each"])}) for row in rows]
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise RunError(f"{path} cannot be read as the rows of this study: take another folder.") from error
    return {
        (row.task, row.simulations, len(row.c2st_each), row.samples, row.calibrated, row.seed): row
        for row in made
    }


def _write_rows(rows: list[InferenceRow], path: Path) -> None:
    with write_atomically(path) as temporary:
        temporary.write_text(json_text([dataclasses.asdict(row) for row in rows], indent=1))
