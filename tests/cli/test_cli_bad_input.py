"""Each mistake gets one sentence on stderr and status 2, and nothing is left half-written."""

import errno
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import TINY, tree

from surjax.files import cannot_write


def write_csv(name: str, **columns) -> str:
    pd.DataFrame(columns).to_csv(name, index=False)
    return name


BAD_FILES = {
    "missing": (lambda: "no.csv", "there is no file"),
    "unknown name": (lambda: "two_moon", "did you mean two_moons"),
    "empty": (lambda: (Path("e.csv").write_text("") and "") or "e.csv", "e.csv is empty"),
    "header alone": (lambda: Path("h.csv").write_text("a,b\n") and "h.csv", "has no rows"),
    "text among numbers": (
        lambda: write_csv("t.csv", a=["1.5", "2.5", "oops", "4"], b=[1.0, 2.0, 3.0, 4.5]),
        "'oops' in row 3",
    ),
    "NaN": (
        lambda: write_csv("n.csv", a=[1.0, np.nan, 3.0], b=[1.0, 2.0, 3.5]),
        "missing or infinite value, the first in row 2 of column 'a'",
    ),
    "a constant column": (
        lambda: write_csv("c.csv", a=[1.0, 2.5, 3.0], b=[7.0, 7.0, 7.0]),
        "'b' of c.csv has the same value, 7.0, in every row",
    ),
    "one row": (lambda: write_csv("o.csv", a=[1.0], b=[2.0]), "has one row, but two or more"),
    "too few to divide": (lambda: write_csv("f.csv", a=[1.0, 2.5], b=[2.0, 1.5]), "too few to split"),
    "three columns for a model of the plane": (
        lambda: write_csv("w.csv", **{c: np.random.default_rng(0).normal(size=30) for c in "abc"}),
        "absuniform-paper is a model of 2 columns and the data have 3",
    ),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_data_that_cannot_be_trained_on(surjax, refused, name):
    make, sentence = BAD_FILES[name]
    data = make()
    said = refused("train", "absuniform-paper", data, "--steps", 5, "--out", "run")
    assert sentence in said.replace(f"{os.getcwd()}/", "")


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["nonsense", "corners"], "there is no model 'nonsense': choose one of absflow"),
        (["baseline"], "say what to train on: surjax train MODEL DATA"),
        (["baseline", "--resume"], "say what to train on: surjax train MODEL DATA"),
        (["--steps", "5", "baseline", "corners"], "the model comes before the flags"),
        (["baseline", "corners", "--steps", "0"], "steps is 0 and must be at least 1"),
        (["baseline", "corners", "--learning-rate", "-1"], "learning_rate is -1.0 and must be above 0"),
        (["baseline", "corners", "--optimizer", "sgd"], "sgd' and must be one of adam"),
        (["baseline", "corners", "--ema-decay", "1"], "ema_decay is 1.0"),
        (["baseline", "corners", "--test-fraction", "1.5"], "test_fraction is 1.5 and must be at least 0"),
        (["baseline", "wine", "--test-fraction", "0.6", "--validation-fraction", "0.6"], "add up to 1.2"),
        (["baseline", "corners", "--split-seed", "-1"], "split_seed is -1"),
        (["baseline", "corners", "--rows", "0"], "the number of rows must be 1 or more"),
        (["baseline", "wine", "--kinds", "alcohol=colour"], "'alcohol=colour' does not say the kind"),
        (["baseline", "wine", "--columns", "beer"], "wine has no column 'beer'"),
        (["absflow", "corners", "--signs", "odd"], "signs is 'odd' and must be one of fair, learned"),
    ],
)
def test_flags_out_of_range(refused, argv, sentence):
    assert sentence in refused("train", *argv)


def test_flags_of_other_commands_out_of_range(refused, toy_run):
    assert "-n is 0 and must be at least 1" in refused("sample", toy_run, "-n", 0, "--out", "s.csv")
    sentence = refused("sample", toy_run, "--temperature", "-1", "--out", "s.csv")
    assert "temperature is -1.0 and must be 0 or more" in sentence
    sentence = refused("evaluate", toy_run, "--num-samples", 0)
    assert "num_samples is 0 and must be at least 1" in sentence
    sentence = refused("density", toy_run, "--out", "d.png", "--points", 0)
    assert "points is 0 and must be at least 1" in sentence
    assert "seeds is 0 and must be at least 1" in refused("reproduce", "toy", "--seeds", 0)
    assert "no set 'moons'" in refused("reproduce", "toy", "--sets", "moons", "--out", "study")


def test_folders_that_are_taken(refused, surjax, toy_run, own):
    run = own(toy_run)
    sentence = refused("train", "baseline", "corners", "--out", run)
    assert "holds a run already: go on with it by --resume, or name another folder with --out" in sentence
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("not a run")
    assert "is there already and is no run" in refused("train", "baseline", "corners", "--out", "mine")
    Path("file").write_text("x")
    assert "is there already and is no run" in refused("train", "baseline", "corners", "--out", "file")
    sentence = refused("train", "baseline", "corners", "--out", "nothing", "--resume")
    assert "there is no run folder nothing" in sentence


def test_run_folders_that_cannot_be_opened(refused, toy_run, own):
    run = own(toy_run)
    record = run / "run.json"
    good = record.read_text()
    fields = json.loads(good)

    assert "there is no run folder nowhere" in refused("evaluate", "nowhere")
    record.write_text(good[: len(good) // 2])
    assert "run.json is damaged" in refused("evaluate", run)
    record.write_text("[1]")
    assert "run.json is damaged" in refused("evaluate", run)
    record.write_text(json.dumps(fields | {"format": 99}))
    assert "of format 99 and this surjax reads format 1:" in refused("evaluate", run)
    record.write_text(json.dumps({name: value for name, value in fields.items() if name != "schema"}))
    assert "run.json is damaged (KeyError: 'schema')" in refused("evaluate", run)
    record.write_text(json.dumps(fields | {"model": {"name": "vae-of-2031", "config": {}}}))
    assert "there is no model 'vae-of-2031'" in refused("evaluate", run)
    record.write_text(json.dumps(fields | {"model": {"name": "baseline", "config": {"depth": 3}}}))
    assert "run.json is damaged" in refused("evaluate", run)
    record.unlink()
    assert "holds no run.json, so it is no run" in refused("evaluate", run)


def test_models_that_cannot_be_opened(refused, toy_run, table_run, own):
    run = own(toy_run)
    weights, config = run / "model/weights.safetensors", run / "model/config.json"
    good = weights.read_bytes(), config.read_text()

    weights.write_bytes(good[0][:-10])
    assert "weights.safetensors is damaged" in refused("sample", run, "--out", "s.csv")
    weights.unlink()
    assert "holds no weights.safetensors" in refused("sample", run, "--out", "s.csv")
    weights.write_bytes(good[0])
    config.write_text(good[1][:-100])
    assert "config.json is damaged" in refused("sample", run, "--out", "s.csv")
    config.write_text(json.dumps(json.loads(good[1]) | {"format": 7}))
    assert "of format 7 and this surjax reads formats 1 to 2" in refused("sample", run, "--out", "s.csv")
    shutil.rmtree(run / "model")
    shutil.copytree(table_run / "model", run / "model")
    assert "is the model of another run" in refused("sample", run, "--out", "s.csv")
    shutil.rmtree(run / "model")
    assert "holds no model yet" in refused("sample", run, "--out", "s.csv")


def test_checkpoints_that_cannot_be_opened(refused, toy_run, table_run, own):
    run = own(toy_run)
    record = json.loads((run / "run.json").read_text())
    del record["sha256"]
    (run / "run.json").write_text(json.dumps(record | {"status": "training", "result": None}))
    resume = ["train", "baseline", "two_moons", "--out", run, "--resume"]
    state = run / "checkpoints/20/default/state.safetensors"
    good = state.read_bytes()
    state.write_bytes(good[: len(good) // 2])
    assert "checkpoints/20 is damaged: delete that folder" in refused(*resume)
    state.unlink()
    assert "checkpoints/20 is damaged: delete that folder" in refused(*resume)
    shutil.rmtree(run / "checkpoints")
    shutil.copytree(table_run / "checkpoints", run / "checkpoints")
    assert "checkpoints/20 is of another model or optimizer, because " in refused(*resume)


def test_data_of_other_columns(refused, toy_run, table_run):
    three = write_csv("three.csv", a=[1.0, 2.0], b=[1.0, 2.0], c=[1.0, 2.0])
    sentence = refused("score", toy_run, three, "--out", "scores.csv")
    assert "has 3 columns (a, b, c) but the model was trained on 2 (x0, x1)" in sentence
    other = write_csv("other.csv", height=[170.0], children=[1], pet=["snake"])
    assert "'snake' in row 1, which is none of the categories" in refused(
        "score", table_run, other, "--out", "scores.csv"
    )


def test_outputs_that_cannot_be_written(refused, toy_run):
    assert "ends in '.doc'" in refused("sample", toy_run, "--out", "s.doc")
    assert "ends in 'nothing'" in refused("density", toy_run, "--out", "picture")
    assert "ends in '.png'" in refused("score", toy_run, "corners", "--out", "s.png")
    assert "there is no folder gone" in refused("sample", toy_run, "--out", "gone/s.csv")
    Path("folder.csv").mkdir()
    assert "it is a folder" in refused("sample", toy_run, "--out", "folder.csv")
    assert "there is no folder gone" in refused("demo", "--out", "gone/demo.png")
    Path("full.csv").symlink_to("/dev/full")
    assert "the disk is full" in refused("sample", toy_run, "--out", "full.csv")
    Path("full.png").symlink_to("/dev/full")
    assert "the disk is full" in refused("sample", toy_run, "--out", "full.png")


def test_a_disk_that_is_full_or_read_only(refused, monkeypatch):
    train = ["train", "baseline", "corners", "--rows", 200, *TINY, "--out", "run"]

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("surjax.train.checkpoint_file.StateHandler.save", full)
        assert "the disk is full" in refused(*train)

    def read_only(*args, **kwargs):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", read_only)
        assert "cannot write run: the file system is read-only" in refused(*train)


def test_a_disk_that_fills_up_after_a_checkpoint_leaves_a_run_to_resume(surjax, monkeypatch):
    def full_weights(path, arrays):
        raise cannot_write(path, OSError(errno.ENOSPC, "No space left on device"))

    train = ["train", "baseline", "corners", "--rows", 200, *TINY, "--out", "run"]
    with monkeypatch.context() as patch:
        patch.setattr("surjax.serialize.folder.write_arrays", full_weights)
        status, out, err = surjax(*train)
    assert (status, out) == (2, "")
    assert "weights.safetensors: the disk is full" in err
    assert not list(Path("run/model").iterdir())
    status, out, _ = surjax(*train, "--resume")
    assert status == 0
    assert "trained 34 parameters for 20 steps" in out


def test_refusals_leave_an_empty_folder_as_it_was(surjax, tmp_path):
    Path("run").mkdir()
    diverging = ["--learning-rate", 1e30, "--max-bad-steps", 2]
    status, _, _ = surjax("train", "baseline", "corners", "--rows", 200, *TINY, *diverging, "--out", "run")
    assert status == 2
    assert tree(tmp_path) == {"run": None}


def test_several_processes_need_to_be_told_of_each_other(refused):
    assert "say --distributed too" in refused("train", "baseline", "corners", "--processes", 2)
    text = refused("train", "baseline", "corners", "--distributed", "--coordinator", "localhost:1")
    assert "give all three" in text
