"""Conditional models on the command line: trained, used, and refused where something is wrong."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import TINY, read_json

import surjax as sx
from surjax.cli.main import main
from surjax.runs import Run

pytestmark = pytest.mark.xdist_group("commands given something")  # what it trains is trained once

GIVEN = ["--given", "size=1.5,colour=red"]


def rows(n, seed=0):
    random = np.random.default_rng(seed)
    size, colour = random.normal(2.0, 0.5, n).round(6), random.choice(["blue", "red"], n)
    x = size + 3.0 * (colour == "red") + random.normal(0.0, 0.1, n)
    y = random.normal(size=n).round(6)
    return pd.DataFrame({"x": x, "size": size, "y": y, "colour": colour})


@pytest.fixture(scope="module")
def given_run(tmp_path_factory):
    """A run of x and y given size and colour."""
    folder = tmp_path_factory.mktemp("given")
    rows(400).to_csv(folder / "things.csv", index=False)
    argv = ["train", "baseline", folder / "things.csv", "--given", "size,colour", *TINY]
    assert (
        main([str(word) for word in [*argv, "--num-couplings", 2, "--steps", 300, "--out", folder / "run"]])
        == 0
    )
    return folder / "run"


def test_run_holds_what_it_is_given(given_run):
    form = Run.open(given_run).record.form
    assert (form.names, [column.name for column in form.given]) == (["x", "y"], ["size", "colour"])
    assert [column.name for column in form.whole] == ["x", "size", "y", "colour"]
    record = read_json((given_run / "run.json").read_text())
    assert record["result"]["test"]["measure"] == "a density"
    assert (
        record["result"]["test"]["log_likelihood_nats"] > -2.2
    )  # -2.6 or so were it blind to what it is given
    assert (given_run / "density.png").is_file()


def test_samples_are_of_what_is_given(surjax, given_run):
    status, _, err = surjax("sample", given_run, *GIVEN, "-n", 50, "--out", "s.csv")
    assert (status, err) == (0, "")
    table = pd.read_csv("s.csv")
    assert list(table.columns) == ["x", "size", "y", "colour"]
    assert len(table) == 50
    assert (table["size"] == 1.5).all()
    assert (table["colour"] == "red").all()
    assert abs(table["x"].mean() - 4.5) < 0.5


def test_file_gives_a_row_each(surjax, given_run):
    Path("given.csv").write_text("colour;size\nred;1,5\nblue;2,5\n")
    status, _, err = surjax("sample", given_run, "--given", "given.csv", "-n", 3, "--out", "s.parquet")
    assert status == 0
    assert err.count("\n") == 1  # of semicolons and decimal commas
    table = pd.read_parquet("s.parquet")
    assert table["size"].tolist() == [1.5] * 3 + [2.5] * 3
    assert table["colour"].tolist() == ["red"] * 3 + ["blue"] * 3
    assert table["x"][:3].min() > table["x"][3:].max()


def test_decimal_commas_of_values_are_read_and_told(surjax, given_run):
    status, _, err = surjax("sample", given_run, "--given", "colour=red,size=1,5", "-n", 2, "--out", "s.csv")
    assert (status, err) == (0, "surjax: --given: size=1,5 is read as 1.5.\n")
    assert pd.read_csv("s.csv")["size"].tolist() == [1.5, 1.5]


def test_scores_are_those_of_the_rest(surjax, given_run):
    frame = rows(40, seed=1)
    frame[["colour", "y", "x", "size"]].to_csv("new.csv", index=False)
    assert surjax("score", given_run, "new.csv", "--out", "scores.csv")[0] == 0
    scores = pd.read_csv("scores.csv")["log_likelihood"]
    context = np.stack([frame["size"], frame["colour"] == "red"], 1)
    expected = sx.load(given_run / "model").log_prob(frame[["x", "y"]].to_numpy(), context=context)
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-4)
    frame["colour"] = "red"
    frame.to_csv("other.csv", index=False)
    assert surjax("score", given_run, "other.csv", "--out", "scores.csv")[0] == 0
    assert (pd.read_csv("scores.csv")["log_likelihood"] != scores).any()
    frame.loc[3, "size"] = np.nan
    frame.to_csv("gap.csv", index=False)
    assert surjax("score", given_run, "gap.csv", "--out", "scores.csv")[0] == 0
    assert pd.read_csv("scores.csv")["log_likelihood"].isna().sum() == 1


def test_evaluation_is_that_of_the_training(surjax, given_run):
    _, out, _ = surjax("evaluate", given_run, "--json")
    recorded = read_json((given_run / "run.json").read_text())["result"]["test"]
    assert read_json(out)["log_likelihood_nats"] == pytest.approx(recorded["log_likelihood_nats"], rel=1e-5)


def test_density_given_values_integrates_to_one(surjax, given_run):
    argv = ["density", given_run, *GIVEN, "--points", 60, "--out", "d.png", "--json"]
    status, out, _ = surjax(*argv)
    assert status == 0
    assert read_json(out)["kind"] == "density"
    assert read_json(out)["integral"] == pytest.approx(1.0, abs=0.2)


def test_training_goes_on_as_it_was(surjax, given_run, tmp_path):
    rows(60).to_csv("things.csv", index=False)
    train = ["train", "baseline", "things.csv", "--given", "size", "colour", *TINY, "--out", "run"]
    assert surjax(*train)[0] == 0
    assert surjax(*train, "--resume")[0] == 0
    status, _, err = surjax(*train[:3], "--given", "size", *TINY, "--out", "run", "--resume")
    assert status == 2
    assert "the run was started with given ('size', 'colour') (now ('size',))" in err


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("weight", "has no column 'weight' to be given: it has x, size, y, colour"),
        ("size,size", "the column 'size' is given twice"),
        ("x,size,y,colour", "are given, so that none is left to model"),
    ],
)
def test_columns_that_cannot_be_given(surjax, given, sentence):
    rows(30).to_csv("things.csv", index=False)
    status, out, err = surjax("train", "baseline", "things.csv", "--given", given, *TINY, "--out", "run")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert sentence in err
    assert not Path("run").exists()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([], "is conditional on size, colour: say their values by --given size=VALUE,colour=VALUE"),
        (["size=1.5"], "--given says nothing of 'colour'"),
        (["size=1.5,colour=green"], "colour is given as 'green', which is none of its categories"),
        (["size=big,colour=red"], "size is given as 'big', which is no number"),
        (["size=,colour=red"], "size is given as '', which is no number"),
        (["size=1e400,colour=red"], "size is given as '1e400', which is no number"),
        (["size=1.5,weight=2,colour=red"], "the model is not given 'weight': it is given size, colour"),
        (["weight=2"], "the model is not given 'weight'"),
        (["size=1", "size=2", "colour=red"], "'size' is given twice"),
        (["nothing.csv"], "there is no file nothing.csv"),
    ],
)
def test_values_that_cannot_be_given(refused, given_run, given, sentence):
    flags = ["--given", *given] if given else []
    assert sentence in refused("sample", given_run, *flags, "-n", 2, "--out", "s.csv")
    assert sentence in refused("density", given_run, *flags, "--out", "d.png")


def test_models_that_are_given_nothing(refused, toy_run):
    sentence = "the model is given nothing, since it was trained without --given"
    assert sentence in refused("sample", toy_run, "--given", "x0=1", "--out", "s.csv")
    assert sentence in refused("density", toy_run, "--given", "x0=1", "--out", "d.png")


def test_models_that_cannot_be_given_anything(surjax):
    rows(30).to_csv("things.csv", index=False)
    train = ["train", "absuniform-paper", "things.csv", "--given", "size,colour", "--out", "run"]
    status, _, err = surjax(*train)
    assert (status, err.count("\n")) == (2, 1)
    assert "absuniform-paper models all there is and can be given nothing" in err
    assert "tabular" in err


def test_data_without_the_columns_that_are_given(refused, given_run):
    rows(5)[["x", "y", "size"]].to_csv("few.csv", index=False)
    assert "but the model was trained on 4" in refused("score", given_run, "few.csv", "--out", "s.csv")
    Path("two.csv").write_text("size,colour\n1.5,red\n2.5,blue\n")
    sentence = refused("density", given_run, "--given", "two.csv", "--out", "d.png")
    assert "--given has 2 rows and the picture is of one" in sentence
