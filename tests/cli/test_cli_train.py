import json
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from commands import TINY, read_json

import surjax as sx
from surjax.cli.progress import TrainingProgress
from surjax.data import TableForm
from surjax.runs import Run

LONG = ["--rows", "400", *TINY, "--steps", "40", "--eval-every", "5", "--ema-decay", "0.9"]
"""A training with eight evaluations, of which the tests stop some."""


def test_a_run_folder_holds_the_run(toy_run):
    record = read_json((toy_run / "run.json").read_text())
    assert record["status"] == "finished"
    assert record["model"] == {
        "name": "baseline",
        "config": {"num_couplings": 1, "hidden": [8], "scale": "softplus"},
    }
    assert record["training"]["steps"] == record["result"]["step"] == 20
    assert record["result"]["test"]["n"] == 600
    lines = [read_json(line) for line in (toy_run / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(21))  # the first is of the start
    assert record["result"]["best_validation_loss"] == min(line["validation_loss"] for line in lines)
    assert (toy_run / "density.png").read_bytes().startswith(b"\x89PNG")
    assert sx.load(toy_run / "model").shape == (2,)


def test_json_is_all_of_stdout_and_has_no_nan(surjax):
    status, out, err = surjax(
        "train", "baseline", "two_moons", "--rows", 300, *TINY, "--validation-fraction", 0, "--json"
    )
    assert status == 0
    assert err.startswith("baseline on two_moons  20/20")
    result = read_json(out)
    assert result["run"] == "runs/baseline-two_moons"
    assert result["best_validation_loss"] is None
    assert result["test"]["nll_nats"] > result["test"]["entropy_nats"] > 0
    lines = Path("runs/baseline-two_moons/metrics.jsonl").read_text().splitlines()
    assert read_json(lines[0])["validation_loss"] is None


def test_the_end_tells_the_likelihood_and_where_the_run_lies(surjax, table_file):
    argv = [*TINY, "--columns", "height", "children", "--kinds", "children=numeric", "--test-fraction", 0.2]
    status, out, _ = surjax("train", "baseline", table_file, *argv, "--out", "here")
    assert status == 0
    assert "nats a row (exact)" in out
    assert "40 of test" in out
    assert "entropy" not in out
    assert Path("here/density.png").exists()
    assert Run.open("here").require(TableForm).planar


def test_without_a_test_part_there_is_no_test_result(surjax, table_file):
    argv = [*TINY, "--columns", "height", "children", "--test-fraction", 0, "--out", "run", "--json"]
    status, out, _ = surjax("train", "baseline", table_file, *argv)
    assert status == 0
    assert "test" not in read_json(out)
    status, _, err = surjax("evaluate", "run")
    assert status == 2
    assert "no test part: the run was trained with --test-fraction 0" in err


def stop_at(monkeypatch: pytest.MonkeyPatch, step: int, stop: int = signal.SIGINT) -> None:
    """Send this process a signal after a step's evaluation, as Ctrl-C does."""
    show = TrainingProgress.__call__

    def show_and_stop(self, progress):
        show(self, progress)
        if progress.step == step:
            signal.raise_signal(stop)

    monkeypatch.setattr(TrainingProgress, "__call__", show_and_stop)


def losses(run: Path) -> list[tuple]:
    """What metrics.jsonl tells of each step, but the time."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    timed = ("seconds", "examples_per_second", "crc32")
    return [tuple(value for name, value in line.items() if name not in timed) for line in lines]


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """A training that nothing stopped."""
    from surjax.cli.main import main

    folder = tmp_path_factory.mktemp("whole") / "run"
    assert main(["train", "baseline", "corners", *LONG, "--out", str(folder)]) == 0
    return folder


def assert_same_numbers(run: Path, whole: Path, besides: tuple[int, ...] = ()) -> None:
    """The run ended as the whole one; besides its evaluations it has those of these steps."""
    assert [line for line in losses(run) if line[0] not in besides] == losses(whole)
    weights = "model/weights.safetensors"
    assert (run / weights).read_bytes() == (whole / weights).read_bytes()
    ours, theirs = Run.open(run).record, Run.open(whole).record
    assert ours.status == "finished"
    assert ours.result.test == theirs.result.test


def test_ctrl_c_saves_the_state_and_resuming_gives_the_same_numbers(surjax, monkeypatch, whole):
    with monkeypatch.context() as patch:
        stop_at(patch, 15)
        status, out, err = surjax("train", "baseline", "corners", *LONG, "--out", "run")
    assert (status, out) == (130, "")
    command = err.splitlines()[-1].partition("`")[2].rstrip("`.")
    assert command == "surjax train baseline corners --out run --resume"
    assert Run.open("run").record.status == "interrupted"
    assert surjax("evaluate", "run")[0] == 0  # with the best model so far
    assert len(losses(Path("run"))) == 4

    status, out, _ = surjax(*command.split()[1:])
    assert status == 0
    assert_same_numbers(Path("run"), whole)


def test_kill_9_loses_nothing_but_what_followed_the_checkpoint(surjax, whole, tmp_path):
    program = textwrap.dedent("""
        import os, signal, sys
        from surjax.cli import main, progress
        def die(self, evaluation):
            if evaluation.step == 25:
                os.kill(os.getpid(), signal.SIGKILL)
        progress.TrainingProgress.__call__ = die
        main.main(sys.argv[1:])
    """)
    argv = ["train", "baseline", "corners", *LONG, "--checkpoint-minutes", "0", "--out", "run"]
    killed = subprocess.run([sys.executable, "-c", program, *argv], cwd=tmp_path, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert Run.open("run").record.status == "training"
    assert [line[0] for line in losses(Path("run"))] == [
        0,
        5,
        10,
        15,
        20,
        25,
    ]  # the last is not in a checkpoint
    status, _, err = surjax("evaluate", "run")
    assert status == 2
    assert "its training has not ended: go on with `surjax train baseline corners --out run --resume`" in err

    status, _, _ = surjax("train", "baseline", "--out", "run", "--resume")
    assert status == 0
    assert_same_numbers(Path("run"), whole)


def test_ctrl_c_before_the_first_step_leaves_nothing(surjax, monkeypatch):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("surjax.runs.train.fit", interrupt)
    status, out, err = surjax("train", "baseline", "corners", *LONG, "--out", "run")
    assert (status, out) == (130, "")
    assert "before the first step, so nothing was saved" in err
    assert not Path("run").exists()


def test_more_minutes_go_on_where_the_minutes_ended(surjax, whole):
    argv = ["train", "baseline", "corners", "--out", "run"]
    status, out, _ = surjax(*argv, *LONG, "--minutes", 1e-9, "--json")
    assert status == 0
    first = read_json(out)
    assert (first["stopped"], first["step"], first["train_loss"]) == ("minutes", 1, losses(Path("run"))[1][2])
    status, out, _ = surjax(*argv, "--resume", "--json")
    assert (status, read_json(out)) == (0, first)
    status, out, _ = surjax(*argv, "--resume", "--minutes", 5, "--json")
    assert read_json(out)["stopped"] == "steps"
    assert_same_numbers(Path("run"), whole, besides=(1,))


def test_a_finished_run_is_told_again(surjax, whole, own):
    run = own(whole)
    before = (run / "run.json").read_bytes()
    status, out, _ = surjax("train", "baseline", "corners", "--resume", "--out", run, "--json")
    assert status == 0
    assert read_json(out)["test"] == Run.open(whole).record.result.test
    assert (run / "run.json").read_bytes() == before


def test_resuming_with_other_settings_names_them(refused, whole, own):
    run = own(whole)
    command = ["train", "baseline", "corners", "--out", run, "--resume"]
    assert "steps 40 (now 50)" in refused(*command, "--steps", 50)
    sentence = refused(*command, "--hidden", 9, "--batch-size", 7, "--split-seed", 3)
    for difference in ("batch_size 128 (now 7)", "hidden (8,) (now (9,))", "split_seed 0 (now 3)"):
        assert difference in sentence
    assert "data corners (now rings)" in refused("train", "baseline", "rings", "--out", run, "--resume")
    other = refused("train", "absflow-paper", "corners", "--out", run, "--resume")
    assert "is a run of baseline, so it cannot go on as absflow-paper" in other


def test_resuming_on_changed_data_is_refused(refused, surjax, table_file, monkeypatch):
    own_table = Path("people.csv")
    own_table.write_bytes(table_file.read_bytes())
    argv = ["train", "baseline", "people.csv", "--out", "run"]
    with monkeypatch.context() as patch:
        stop_at(patch, 5)
        assert surjax(*argv, *TINY, "--columns", "height", "children")[0] == 130
    lines = own_table.read_text().splitlines(keepends=True)
    own_table.write_text("".join([*lines[:-1], "151.0,3,cat\n"]))
    assert "no longer those that the run was trained on" in refused(*argv, "--resume")
    assert "no longer those that the run was trained on" in refused("evaluate", "run")


def test_training_that_cannot_go_on_is_an_error(surjax, refused):
    diverging = [*TINY, "--rows", 200, "--learning-rate", 1e30, "--max-bad-steps", 2]
    sentence = refused("train", "baseline", "corners", *diverging, "--out", "run")
    assert "lower the learning rate or set clip_norm" in sentence
    status, _, err = surjax(
        "train", "baseline", "corners", *diverging, "--checkpoint-minutes", 0, "--out", "run"
    )
    assert status == 2
    record = Run.open("run").record  # it came as far as a checkpoint
    assert record.status == "failed"
    assert record.result.error in err
    assert "holds no model, because training stopped at step" in refused("evaluate", "run")
