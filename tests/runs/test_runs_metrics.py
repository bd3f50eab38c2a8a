import json

import pytest

from surjax.errors import SurjaxError
from surjax.runs.metrics import MetricsFile, last_evaluation
from surjax.train import Progress


def progress(step: int, loss: float = 1.0) -> Progress:
    return Progress(step, 100, loss, float("nan"), float("inf"), 0, 0.5)


def steps(folder) -> list[int]:
    return [json.loads(line)["step"] for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_every_line_is_there_at_once(tmp_path):
    assert last_evaluation(tmp_path) == {}
    with MetricsFile(tmp_path) as metrics:
        for step in (10, 20):
            metrics(progress(step))
            assert steps(tmp_path)[-1] == step
    assert last_evaluation(tmp_path)["step"] == 20
    assert last_evaluation(tmp_path)["validation_loss"] is None


def test_steps_that_are_taken_again_replace_their_lines(tmp_path):
    with MetricsFile(tmp_path) as metrics:
        for step in (10, 20, 30):
            metrics(progress(step))
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 4')  # cut short
    assert last_evaluation(tmp_path)["step"] == 30
    with MetricsFile(tmp_path) as metrics:
        metrics(progress(20, 2.0))
        metrics(progress(30, 3.0))
    assert steps(tmp_path) == [10, 20, 30]
    assert last_evaluation(tmp_path)["train_loss"] == 3.0


def test_a_folder_that_is_gone_is_told(tmp_path):
    with MetricsFile(tmp_path / "gone") as metrics, pytest.raises(SurjaxError, match="cannot write"):
        metrics(progress(10))
