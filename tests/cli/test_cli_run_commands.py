import functools
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import TINY, read_json
from PIL import Image

from surjax.data import fingerprint, toy, toy_table
from surjax.models.absflow import AbsFlow
from surjax.runs import Run
from surjax.transforms import Coupling


def test_evaluate_says_what_its_number_is(surjax, toy_run):
    status, out, err = surjax("evaluate", toy_run, "--json")
    assert (status, err) == (0, "")
    result = read_json(out)
    points = toy_table("two_moons", 600, part="test").values
    scores = np.asarray(Run.open(toy_run).flow().log_prob(points), np.float64)
    assert result["log_likelihood_nats"] == pytest.approx(scores.mean(), rel=1e-6)
    assert result["standard_error_nats"] == pytest.approx(scores.std(ddof=1) / np.sqrt(600), rel=1e-5)
    assert (result["exact"], result["num_samples"], result["n"]) == (True, 1, 600)
    assert (result["split"], result["fingerprint"]) == ("test", fingerprint(points))
    assert result["dtype"] == "float32"
    truth = float(np.asarray(toy("two_moons").log_prob(points), np.float64).mean())
    assert result["gap_nats"] == pytest.approx(truth - scores.mean(), abs=1e-5)
    assert result["bits_per_dim"] is None
    text = surjax("evaluate", toy_run)[1]
    assert f"{result['nll_nats']:.4f} nats" in text
    assert "(exact)" in text
    assert result["fingerprint"] in text


def test_the_parts_of_the_data_differ(surjax, toy_run):
    reports = [
        read_json(surjax("evaluate", toy_run, "--split", part, "--json")[1])
        for part in ("train", "validation", "test")
    ]
    assert [report["n"] for report in reports] == [540, 60, 600]
    assert len({report["fingerprint"] for report in reports}) == 3


def test_a_bound_says_so_and_rises_with_the_samples(surjax, table_run):
    argv = ["evaluate", table_run, "--split", "train"]
    one = read_json(surjax(*argv, "--num-samples", 1, "--json")[1])
    many = read_json(surjax(*argv, "--json")[1])
    assert (one["exact"], one["num_samples"], many["num_samples"]) == (False, 1, 64)
    assert many["log_likelihood_nats"] > one["log_likelihood_nats"]
    assert "a lower bound, 1 importance sample)" in surjax(*argv, "--num-samples", 1)[1]


def test_score_writes_a_likelihood_a_row(surjax, toy_run):
    pd.DataFrame({"x1": [0.5, 0.0], "x0": [-1.0, 2.0]}).to_csv("points.csv", index=False)
    status, out, _ = surjax("score", toy_run, "points.csv", "--out", "scores.csv", "--json")
    assert status == 0
    scores = pd.read_csv("scores.csv")
    wanted = Run.open(toy_run).flow().log_prob(np.array([[-1.0, 0.5], [2.0, 0.0]], np.float32))
    assert list(scores.columns) == ["log_likelihood"]
    assert scores["log_likelihood"].to_numpy() == pytest.approx(np.asarray(wanted), rel=1e-5)
    assert read_json(out)["n"] == 2
    pd.read_csv("points.csv").assign(label="a").to_csv("more.csv", index=False)
    assert surjax("score", toy_run, "more.csv", "--out", "b.csv", "--columns", "x0", "x1")[0] == 0
    assert pd.read_csv("b.csv")["log_likelihood"].tolist() == scores["log_likelihood"].tolist()


def test_score_a_table_of_all_kinds(surjax, table_run, table_file):
    status, out, _ = surjax("score", table_run, table_file, "--out", "s.parquet", "--num-samples", 5)
    assert status == 0
    assert "scored 200 rows" in out
    assert "5 importance samples" in out
    assert np.isfinite(pd.read_parquet("s.parquet")["log_likelihood"]).all()
    assert "64 importance samples" in surjax("score", table_run, table_file, "--out", "s.parquet")[1]


def test_sample_gives_the_columns_of_the_data(surjax, table_run):
    for name in ("s.csv", "s.parquet"):
        assert surjax("sample", table_run, "-n", 50, "--out", name)[0] == 0
    frame = pd.read_csv("s.csv", keep_default_na=False)
    assert list(frame.columns) == ["height", "children", "pet"]
    assert len(frame) == 50
    assert frame["children"].dtype.kind == "i"
    assert set(frame["pet"]) <= {"cat", "dog", "none"}
    assert pd.read_parquet("s.parquet")["pet"].tolist() == frame["pet"].tolist()


def test_sample_depends_on_seed_and_temperature(surjax, toy_run):
    def draw(*flags):
        assert surjax("sample", toy_run, "-n", 200, "--out", "s.npz", *flags)[0] == 0
        with np.load("s.npz") as file:
            return file["samples"]

    assert draw().shape == (200, 2)
    assert np.array_equal(draw(), draw("--seed", 0))
    assert not np.array_equal(draw(), draw("--seed", 1))
    assert draw("--temperature", 0.1).std() < draw().std()


@pytest.mark.parametrize("run", ["toy_run", "table_run"])
def test_pictures(surjax, run, request):
    run = request.getfixturevalue(run)
    status, out, _ = surjax("sample", run, "-n", 300, "--out", "samples.png", "--json")
    assert (status, read_json(out)["n"]) == (0, 300)
    status, out, _ = surjax("density", run, "--out", "density.png", "--points", 60, "--json")
    assert status == 0
    assert read_json(out)["kind"] == ("density" if run.parent.name.startswith("toy") else "marginals")
    for name in ("samples.png", "density.png"):
        with Image.open(name) as image:
            assert min(image.size) > 200
            assert len(image.convert("RGB").getcolors(1 << 24)) > 10


def test_a_density_holds_its_mass(surjax, toy_run):
    result = read_json(surjax("density", toy_run, "--out", "d.png", "--json")[1])
    assert 0.5 < result["integral"] < 1.001


def test_demo(surjax, monkeypatch):
    small = functools.partial(AbsFlow, marginal_bins=8, num_bins=4, hidden=(8,))
    monkeypatch.setattr("surjax.models.absflow.AbsFlow", small)
    status, out, _ = surjax("demo", "--points", 2000, "--steps", 20, "--json")
    assert status == 0
    result = read_json(out)
    assert result["entropy_nats"] == pytest.approx(2.8708, abs=1e-3)
    assert result["gap_nats"] > 0
    with Image.open("demo.png") as image:
        assert image.width > 2 * image.height


def test_reproduce_toy(surjax):
    argv = ["--sets", "corners", "--models", "baseline", "--points", 300, "--steps", 3, "--grid-points", 50]
    status, out, _ = surjax("reproduce", "toy", *argv, "--out", "study", "--json")
    assert status == 0
    (row,) = read_json(out)["rows"]
    assert (row["dataset"], row["model"], row["seed"], row["paper_nats"]) == ("corners", "baseline", 0, 3.28)
    with open("study/results.json") as file:
        assert read_json(file.read()) == [row]
    with Image.open("study/figure.png") as image:
        assert min(image.size) > 200


def test_a_bundled_table_end_to_end(surjax):
    argv = ["train", "baseline", "iris", *TINY, "--out", "run", "--json"]
    status, out, _ = surjax(*argv)
    assert status == 0
    result = read_json(out)
    assert result["test"]["n"] == 15
    assert result["test"]["entropy_nats"] is None


def test_cite_prints_what_the_run_is_made_of(surjax, toy_run):
    status, out, err = surjax("cite", toy_run)
    assert (status, err) == (0, "")
    keys = re.findall(r"^@\w+\{([\w-]+),$", out, re.MULTILINE)
    assert keys[0] == "surjax"
    assert {"dinh2017", "kingma2015", "nielsen2020"} <= set(keys)
    assert not {"durkan2019a", "burda2016", "krizhevsky2009"} & set(keys)
    status, told, _ = surjax("cite", toy_run, "--out", "refs.bib", "--json")
    assert status == 0
    assert Path("refs.bib").read_text(encoding="utf-8") == out
    parts = read_json(told)["parts"]
    assert "dinh2017" in parts["Coupling"]
    assert {key for cited in parts.values() for key in cited} == set(keys)


def test_cite_tells_of_a_bound(surjax, table_run):
    parts = read_json(surjax("cite", table_run, "--json")[1])["parts"]
    assert parts["lower bound"] == ["burda2016"]
    assert parts["ArgMax"] == ["hoogeboom2021"]


def test_cite_tells_what_it_has_no_entry_for(surjax, toy_run, monkeypatch):
    monkeypatch.setattr(Coupling, "__doc__", "As nobody has it (Doe 2030; Dinh et al. 2015).")
    status, out, err = surjax("cite", toy_run)
    assert (status, "{dinh2015," in out) == (0, True)
    assert err == "Coupling cites Doe 2030, of which surjax has no entry: add it yourself.\n"


def test_cite_writes_bibtex_alone(refused, toy_run):
    assert "write one of .bib" in refused("cite", toy_run, "--out", "refs.txt")


def test_atoms_steps_and_bounds_are_told_and_come_back(surjax):
    random = np.random.default_rng(0)
    rain = np.where(random.uniform(size=300) < 0.6, 0, random.exponential(size=300))
    price = random.lognormal(1, 0.3, 300).round(1)
    pd.DataFrame({"rain": rain, "price": price, "share": random.beta(2, 2, 300)}).to_csv("d.csv", index=False)
    told = surjax("train", "baseline", "d.csv", "--out", "run", "--bounds", "share:0:1", *TINY)[2]
    assert "single values of 'rain' (0) have a probability of their own, and nothing lies below them" in told
    assert "'price' (0.1)" in told
    assert surjax("sample", "run", "-n", 300, "--out", "x.csv")[0] == 0
    samples = pd.read_csv("x.csv")
    assert (samples["rain"] == 0).any()
    assert samples["rain"].min() == 0
    assert samples["price"].tolist() == samples["price"].round(1).tolist()
    assert samples["share"].between(0, 1).all()
    result = read_json(surjax("score", "run", "x.csv", "--out", "s.csv", "--json")[1])
    scores = pd.read_csv("s.csv")
    assert scores["continuous_columns"].tolist() == (1 + (samples["rain"] > 0)).tolist()
    assert np.isfinite(scores["log_likelihood"]).all()
    assert result["measure"].startswith("a density of 2 of its 3 numbers")
    parts = result["by_continuous_columns"]
    assert [part["continuous_columns"] for part in parts] == [1, 2]
    ones = scores["log_likelihood"][scores["continuous_columns"] == 1]
    assert parts[0]["mean_log_likelihood_nats"] == pytest.approx(ones.mean(), rel=1e-6)
    samples.assign(share=1.5).to_csv("beyond.csv", index=False)
    assert "300 rows have a log-likelihood of −∞" in surjax("score", "run", "beyond.csv", "--out", "s.csv")[1]
    assert (
        surjax("train", "baseline", "d.csv", "--out", "run", "--bounds", "share:0:1", *TINY, "--resume")[0]
        == 0
    )


def test_a_row_that_cannot_be_scored_gets_nan_and_is_told(surjax, toy_run):
    Path("gap.csv").write_text("x0,x1\n0.5,1\n,2\n1,0.5\n")
    status, out, err = surjax("score", toy_run, "gap.csv", "--out", "scores.csv", "--json")
    assert status == 0
    assert "1 of 3 rows cannot be scored and gets NaN: gap.csv has 1 missing" in err
    scores = pd.read_csv("scores.csv")["log_likelihood"]
    assert scores.isna().tolist() == [False, True, False]
    result = read_json(out)
    assert (result["n"], result["not_scored"], result["not_finite"]) == (2, 1, 0)
    assert result["mean_log_likelihood_nats"] == pytest.approx(scores.mean(), rel=1e-6)
    assert "1 missing" in surjax("score", toy_run, "gap.csv", "--out", "scores.csv", "--strict")[2]
