"""The likelihood of some of a run's data under its model, as JSON."""

from collections.abc import Callable
from typing import Any

import jax

from surjax.data import DataSet
from surjax.evaluate import evaluate
from surjax.evaluate.stages import evaluate_stages
from surjax.flow import Flow
from surjax.models.base import StagedModel
from surjax.runs.data import some_of
from surjax.runs.run import Run


def measure(
    run: Run,
    flow: Flow,
    part: DataSet,
    split: str,
    *,
    num_samples: int = 1,
    seed: int = 0,
    chunk: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Measure a part of the data of that name, as `Run.report` tells it.

    Of a model in stages each stage is measured, and under "stages" told; bits/dim there are only of a model
    that has all of them. Raises as `surjax.evaluate.evaluate` does.
    """
    how: Any = {
        "num_samples": num_samples,
        "key": jax.random.key(seed),
        "chunk": chunk,
        "split": split,
        "on_progress": on_progress,
    }
    model = run.record.settings.model
    if not isinstance(model, StagedModel):
        return run.report(evaluate(flow, part.values, truth=part.truth, **how))
    likelihood, stages = evaluate_stages(flow, part.values, **how)
    report = run.report(likelihood) | {"stages": [stage.to_json() for stage in stages]}
    if model.stage is not None:
        report |= {"bits_per_dim": None, "standard_error_bits_per_dim": None}
    return report


def measure_test(
    run: Run, flow: Flow, test: DataSet, on_progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Measure the test examples as a training does in the end: as many as its settings say, K = 1."""
    data = run.record.settings.data
    return measure(run, flow, some_of(test, data.test_rows, data.split_seed), "test", on_progress=on_progress)
