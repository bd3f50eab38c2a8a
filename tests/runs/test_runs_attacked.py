"""A run's folder under attack: two writers, killed writers, damage, and what a stranger may put there."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import fuzz
from surjax.data import TableConfig
from surjax.errors import RunError
from surjax.files import is_temporary, temporary_beside
from surjax.models.absflow import AbsFlow
from surjax.runs import Run, RunSettings, sole_writer, train_run
from surjax.runs.folder import require_free
from surjax.runs.metrics import MetricsFile, last_evaluation, read_metrics
from surjax.serialize.arrays import read_arrays, write_arrays
from surjax.train import TrainConfig
from surjax.train.session import Progress

pytestmark = pytest.mark.xdist_group("runs")

SETTINGS = RunSettings(
    AbsFlow(marginal_bins=6, num_bins=4, hidden=(8,), num_blobs=4),
    "four_circles",
    TableConfig(rows=300),
    TrainConfig(steps=12, eval_every=3, batch_size=32, warmup_steps=2, schedule="cosine", clip_norm=1.0),
)
HOLD = """
import sys, time
from pathlib import Path
from surjax.runs.lock import sole_writer
with sole_writer(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(100)
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    return train_run(SETTINGS, tmp_path_factory.mktemp("attacked") / "run", measured=False).folder


@pytest.fixture
def copy(trained, tmp_path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "run"))


def test_a_second_writer_is_told_who_the_first_is_until_that_has_ended(tmp_path):
    folder = tmp_path / "run"
    me = rf"is being written by process {os.getpid()} on '.*' since 20"
    with sole_writer(folder):
        with pytest.raises(RunError, match=me), sole_writer(folder):
            pass
        with pytest.raises(RunError, match="is being written by"):
            train_run(SETTINGS, folder)
        assert os.listdir(folder) == [".lock"]
    assert not folder.exists()


def test_a_killed_writer_holds_nothing(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path / "run"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(RunError, match=f"by process {process.pid} on"), sole_writer(tmp_path / "run"):
            pass
        process.kill()
    require_free(tmp_path / "run")  # what it left is nothing
    with sole_writer(tmp_path / "run"):
        pass


def test_a_run_in_training_is_told_as_that_and_not_as_finished(copy):
    with sole_writer(copy), pytest.raises(RunError, match="is being written by"):
        train_run(SETTINGS, copy)
    assert Run.open(copy).record.status == "finished"


def test_what_a_command_left_that_was_killed_before_it_began_counts_as_nothing(tmp_path):
    (tmp_path / ".run-0123abcd.json").touch()
    temporary_beside(tmp_path / "run.json").touch()
    require_free(tmp_path)
    (tmp_path / "notes.txt").touch()
    with pytest.raises(RunError, match="is there already and is no run"):
        require_free(tmp_path)


def test_a_folder_that_is_removed_in_training_ends_it(tmp_path):
    folder = tmp_path / "run"

    def remove(progress: Progress) -> None:
        shutil.rmtree(folder)

    with pytest.raises(RunError, match="was removed or moved away"):
        train_run(SETTINGS, folder, on_progress=remove)
    assert not folder.exists()


def test_resuming_passes_over_lines_that_are_damaged(copy):
    record = json.loads((copy / "run.json").read_text()) | {"status": "training"}
    del record["sha256"]
    (copy / "run.json").write_text(json.dumps(record))
    path = copy / "metrics.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1].replace(b"1", b"2", 1) + b"\xff\x00garbage\n" + lines[2] + b'{"st')
    kept, damaged = read_metrics(path)
    assert ([line["step"] for line in kept], damaged) == ([0, 6], 3)
    with MetricsFile(copy) as write, pytest.warns(UserWarning, match="3 lines of .* could not be read"):
        write(Progress(12, 12, 1.0, 2.0, 2.0, 0, 0.1))
    kept, damaged = read_metrics(path)
    assert ([line["step"] for line in kept], damaged) == ([0, 6, 12], 0)
    assert last_evaluation(copy)["validation_loss"] == 2.0
    path.unlink()
    path.mkdir()
    with pytest.raises(RunError, match=r"cannot read .*metrics.jsonl: Is a directory"):
        last_evaluation(copy)


@pytest.mark.parametrize("name", ["run.json", "model/config.json", "model/weights.safetensors"])
def test_a_flipped_bit_anywhere_is_noticed(copy, name):
    run, rng = Run.open(copy), np.random.default_rng(0)
    right = [np.asarray(run.flow().log_prob(np.zeros((1, 2)))), run.record]
    path = copy / name
    content = path.read_bytes()
    for place in rng.integers(len(content), size=12):
        damaged = bytearray(content)
        damaged[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        with contextlib.suppress(RunError):
            run = Run.open(copy)
            assert [np.asarray(run.flow().log_prob(np.zeros((1, 2)))), run.record] == right


def test_weights_of_another_training_are_refused(copy):
    path = copy / "model/weights.safetensors"
    write_arrays(path, {name: array + 1 for name, array in read_arrays(path).items()})
    with pytest.raises(RunError, match="holds the weights of another model"):
        Run.open(copy).flow()


def test_weights_are_as_readable_as_other_files(copy):
    modes = {path.stat().st_mode & 0o777 for path in (copy / "model").iterdir()}
    assert len(modes) == 1


def test_nothing_is_left_in_a_finished_run(copy):
    assert not [path for path in copy.rglob("*") if path.name == ".lock" or is_temporary(path)]


def test_hostile_and_damaged_files_are_refused_in_one_sentence(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        counts, faults = fuzz.fuzz(60, 7, tmp_path)
    assert not faults
    assert sum(counts.values()) == 60
