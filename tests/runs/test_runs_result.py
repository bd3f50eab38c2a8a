import json
from pathlib import Path

import pytest

from surjax.errors import RunError
from surjax.runs import Run, RunRecord, RunResult

SAVED = Path(__file__).parents[1] / "saved" / "runs"
TRAINED = {
    "stopped": "steps",
    "step": 3,
    "bad_steps": None,
    "train_loss": 1.5,
    "best_validation_loss": None,
    "parameters": 7,
    "compile_seconds": 0.5,
    "train_seconds": 2.0,
}


@pytest.mark.parametrize(
    "content",
    [
        None,
        TRAINED,
        {**TRAINED, "test": {"n": 5}, "sampling_seconds_an_image": 0.1},
        {"error": "it ended."},
        {"stopped": "interrupted", "stage": 8},
        {"stopped": "imported", "parameters": 3, "left_out": []},
        {"stopped": "assembled", "parameters": 3, "stages": [{"stage": 8, "run": "a"}]},
    ],
)
def test_what_is_written_is_what_was_read(content):
    assert RunResult.from_json(content).to_json() == content


def test_a_whole_of_stages_tells_its_budget_and_no_loss_of_training():
    told = RunResult(stopped="steps", step=4, stages=[{"stage": 8}]).to_json() or {}
    assert "train_loss" not in told
    assert (told["budget"], told["best_validation_loss"]) == (None, None)


def test_fields_that_are_missing_or_not_known_do_not_matter():
    result = RunResult.from_json({"stopped": "steps", "of_the_future": [1]})
    assert (result.step, result.test, result.more) == (None, None, {"of_the_future": [1]})
    assert result.with_more(seconds=2).more == {"of_the_future": [1], "seconds": 2}


def test_a_result_that_is_none_is_damage(tmp_path):
    content = json.loads((SAVED / "table" / "run.json").read_text())
    (tmp_path / "run.json").write_text(json.dumps({**content, "result": [1]}))
    with pytest.raises(RunError, match=r"run.json is damaged \(TypeError: the result is list\)"):
        Run.open(tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({**content, "result": None}))
    assert RunRecord.read(tmp_path).result == RunResult()
