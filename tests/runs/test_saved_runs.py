"""Runs that an earlier surjax wrote are read, scored and sampled by this one to the same numbers."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from surjax.cli.main import main
from surjax.runs import Run

SAVED = Path(__file__).parents[1] / "saved" / "runs"
EXPECTED = json.loads((SAVED / "expected.json").read_text())
"""What that surjax told of each: the scores of a file, the mean of its test part, and samples."""


@pytest.fixture(params=EXPECTED)
def saved(request, tmp_path, monkeypatch):
    """A copy of a run, whose data lie beside it, and what was told of it."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(SAVED, tmp_path, dirs_exist_ok=True)
    record = Path(request.param, "run.json")
    content = json.loads(record.read_text())
    if content["source"].endswith(".csv"):
        content["source"] = str(tmp_path / content["source"])
        record.write_text(json.dumps(content))
    return request.param, EXPECTED[request.param]


def told(capsys, *argv):
    capsys.readouterr()
    assert main([*argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_saved_run_gives_the_numbers_that_it_gave(saved, capsys):
    name, expected = saved
    evaluated = told(capsys, "evaluate", name, "--num-samples", "1")
    assert evaluated["log_likelihood_nats"] == pytest.approx(expected["evaluate"], rel=1e-5)
    assert evaluated["fingerprint"] == expected["fingerprint"]
    told(capsys, "score", name, expected["data"], "--num-samples", "1", "--out", "scores.npy")
    assert np.load("scores.npy")[:, 0] == pytest.approx(np.array(expected["scores"]), rel=1e-4)
    told(capsys, "sample", name, "-n", "3", "--out", "samples.npz")
    with np.load("samples.npz") as file:
        for column, values in expected["samples"].items():
            drawn, wanted = file[column], np.array(values)
            if wanted.dtype.kind == "U":
                assert drawn.tolist() == wanted.tolist()
            else:  # a number that lies at a step from one whole number to the next may take it
                assert (np.abs(drawn - wanted) <= 1e-3 * np.abs(wanted)).mean() > 0.98


def test_run_json_stays_as_it_was_written(saved):
    name, _ = saved
    before = json.loads(Path(name, "run.json").read_text())
    Run.open(name).record.write(Path(name))
    written = json.loads(Path(name, "run.json").read_text())
    assert written.pop("sha256")
    assert written == before


def test_a_run_in_float64_that_is_used_in_float32_is_told(tmp_path):
    shutil.copytree(SAVED / "table", tmp_path / "table")
    record = tmp_path / "table" / "run.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), "dtype": "float64"}))
    with pytest.warns(UserWarning, match="trained in float64 and is used in float32.*JAX_ENABLE_X64=1"):
        Run.open(tmp_path / "table").flow()
