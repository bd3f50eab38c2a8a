"""The likelihood of some of a run's data under its model, as JSON."""

from collections.abc import Callable
from typing import Any

import jax

from surjax.data import DataSet, some_of
from surjax.flow import Flow
from surjax.runs.run import Run


def measure(
    run: Run,
    flow: Flow,
    part: DataSet,
    split: str,
    *,
    num_samples: int | None = None,
    seed: int = 0,
    chunk: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Measure a part of the data of that name, as `Run.report` tells it.

    num_samples is K of a bound, by default the modality's. What else is told is the modality's: of a model in
    stages each stage is measured, and under "stages" told.
    Raises as `surjax.evaluate.evaluate` does.
    """
    how: Any = {
        "num_samples": run.modality.draws(num_samples),
        "key": jax.random.key(seed),
        "chunk": chunk,
        "split": split,
        "on_progress": on_progress,
    }
    likelihood, more = run.modality.measure(flow, run.record.settings.model, part, **how)
    return run.report(likelihood) | more


def measure_test(
    run: Run, flow: Flow, test: DataSet, on_progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Measure the test examples as a training does in the end: as many as its settings say."""
    data = run.record.settings.data
    return measure(run, flow, some_of(test, data.test_rows, data.split_seed), "test", on_progress=on_progress)
