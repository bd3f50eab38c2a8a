"""Tables with gaps on the command line: trained on, scored, and filled in."""

import csv

import numpy as np
import pandas as pd
import pytest
from commands import TINY, read_json

from surjax.cli.main import main
from surjax.runs import Run

pytestmark = pytest.mark.xdist_group("commands of gaps")  # what it trains is trained once


@pytest.fixture(scope="session")
def gaps_file(tmp_path_factory, table_file):
    """The table of people with a third of two columns missing, and none of the third; and an empty row."""
    frame = pd.read_csv(table_file, dtype=str, keep_default_na=False)
    random = np.random.default_rng(1)
    frame.loc[random.uniform(size=len(frame)) < 0.3, "height"] = ""
    frame.loc[random.uniform(size=len(frame)) < 0.3, "pet"] = ""
    frame.loc[3] = ""
    path = tmp_path_factory.mktemp("gaps") / "people.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def gaps_run(tmp_path_factory, gaps_file):
    """A run on that table."""
    folder = tmp_path_factory.mktemp("gaps") / "run"
    assert main(["train", "baseline", str(gaps_file), "--missing", "model", *TINY, "--out", str(folder)]) == 0
    return folder


def test_the_run_remembers_and_says_that_its_number_is_a_bound(surjax, gaps_run):
    run = Run.open(gaps_run)
    assert run.record.form.gaps
    assert run.record.settings.data.missing == "model"
    status, out, _ = surjax("evaluate", gaps_run, "--json")
    assert status == 0
    result = read_json(out)
    assert (result["exact"], result["num_samples"]) == (False, 64)
    assert result["measure"].endswith("of the cells that are present")
    assert result["log_likelihood_nats"] < 0


def test_rows_with_gaps_are_scored_and_one_without_a_cell_is_told(surjax, gaps_run):
    pd.DataFrame(
        {
            "height": [170.0, None, None, None, 171.5],
            "children": [1, 2, None, None, 3],
            "pet": ["cat", "dog", "none", None, None],
        }
    ).to_csv("new.csv", index=False)
    status, out, err = surjax("score", gaps_run, "new.csv", "--out", "scores.csv", "--json")
    assert status == 0
    assert "1 of 5 rows cannot be scored" in err
    assert "row 4 of new.csv has no value in any column" in err
    scores = pd.read_csv("scores.csv")
    assert np.isfinite(scores.log_likelihood).tolist() == [True, True, True, False, True]
    assert scores.present_columns.tolist() == [3, 2, 1, 0, 2]
    assert scores.continuous_columns.tolist() == [1, 0, 0, 0, 1]
    # of the pet alone it is a probability
    assert -8 < scores.log_likelihood[2] < 0
    assert read_json(out)["not_scored"] == 1


def test_strict_scoring_refuses_a_row_without_a_cell(refused, gaps_run, tmp_path):
    (tmp_path / "new.csv").write_text("height,children,pet\n170.5,1,cat\n,,\n")
    told = refused("score", gaps_run, "new.csv", "--out", "scores.csv", "--strict")
    assert "row 2 of new.csv has no value in any column: leave it out" in told


def test_gaps_are_filled_and_all_else_stays_as_it_is_spelled(surjax, gaps_run, tmp_path):
    text = "name;pet;height;children\nAda;cat;170,50;1\nBo;;171,25;\nCy;dog;;02\nDi;;;\n"
    (tmp_path / "new.csv").write_text(text)
    status, out, _ = surjax("sample", gaps_run, "--fill", "new.csv", "--out", "filled.csv", "--json")
    assert status == 0
    result = read_json(out)
    assert (result["filled"], result["rows_with_gaps"], result["empty_rows"]) == (6, 3, 1)
    assert 1 <= result["effective_samples"] <= 64
    before = list(csv.reader(text.splitlines(), delimiter=";"))
    after = list(csv.reader((tmp_path / "filled.csv").read_text().splitlines(), delimiter=";"))
    assert after[0] == before[0]
    for old, new in zip(before, after, strict=True):
        assert all(a == b for a, b in zip(old, new, strict=True) if a)
        assert all(new)
    assert {row[1] for row in after[1:]} <= {"cat", "dog", "none"}
    assert all(row[3].isdigit() for row in after[1:])
    assert "," in after[3][2]  # the decimal sign of the file
    again = surjax("sample", gaps_run, "--fill", "new.csv", "--out", "again.csv", "--seed", 1)[1]
    assert "filled 6 missing cells in 3 of 4 rows" in again
    assert (tmp_path / "again.csv").read_text() != (tmp_path / "filled.csv").read_text()


def test_several_imputations_stand_one_under_the_other(surjax, gaps_run, tmp_path):
    frame = pd.DataFrame({"height": [170.0, np.nan], "children": [1, 2], "pet": ["cat", None]})
    frame.to_parquet(tmp_path / "new.parquet")
    argv = ["sample", gaps_run, "--fill", "new.parquet", "-n", 3, "--out", "filled.parquet"]
    assert surjax(*argv)[0] == 0
    filled = pd.read_parquet("filled.parquet")
    assert filled.imputation.tolist() == [1, 1, 2, 2, 3, 3]
    assert filled.height[::2].tolist() == [170.0] * 3
    assert filled.height[1::2].nunique() == 3
    assert not filled.isna().any().any()
    assert filled.children.tolist() == [1, 2] * 3


def test_a_gap_in_a_column_that_had_none_and_an_empty_column(surjax, gaps_run, tmp_path):
    (tmp_path / "new.csv").write_text("height,children,pet\n170.5,,\n160.5,,\n")
    assert surjax("score", gaps_run, "new.csv", "--out", "scores.csv")[0] == 0
    assert np.isfinite(pd.read_csv("scores.csv").log_likelihood).all()
    assert surjax("sample", gaps_run, "--fill", "new.csv", "--out", "filled.csv")[0] == 0
    filled = pd.read_csv("filled.csv")
    assert filled.height.tolist() == [170.5, 160.5]
    assert not filled.isna().any().any()


def test_what_cannot_be_is_refused(refused, gaps_file, table_run, gaps_run, toy_run, tmp_path):
    told = refused("train", "baseline", gaps_file, *TINY, "--out", "run")
    assert "missing" in told
    assert "--missing model" in told
    told = refused("score", table_run, gaps_file, "--out", "scores.csv", "--strict")
    assert "train a model that takes gaps by --missing model" in told
    told = refused("sample", table_run, "--fill", gaps_file, "--out", "filled.csv")
    assert "was trained without --missing model, so it fills no gaps" in told
    assert "path of a file" in refused("sample", gaps_run, "--fill", "wine", "--out", "filled.csv")
    told = refused("sample", gaps_run, "--fill", gaps_file, "--temperature", 0.5, "--out", "filled.csv")
    assert "temperature 1" in told
    (tmp_path / "bad.csv").write_text("height,children,pet\n,1,fish\n170.5,2,cat\n")
    told = refused("sample", gaps_run, "--fill", "bad.csv", "--out", "filled.csv")
    assert "'fish' in row 1" in told
    (tmp_path / "empty.csv").write_text("a,b\n1.5,\n2.5,\n0.5,\n")
    told = refused("train", "baseline", "empty.csv", "--missing", "model", *TINY, "--out", "run")
    assert "column 'b' of empty.csv has no value in any row" in told.replace(str(tmp_path) + "/", "")
