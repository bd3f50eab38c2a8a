import dataclasses
import json

import pytest

from surjax.data import toy
from surjax.errors import ConfigError, RunError
from surjax.models.absflow import AbsFlow
from surjax.studies import toy_row
from surjax.studies.toy import STUDY, Entry, run_toy_study

QUICK = {"training": {"steps": 30, "batch_size": 64}, "grid_points": 400}


@pytest.mark.slow
def test_study_writes_its_table_and_its_picture(tmp_path, monkeypatch):
    seen, small = [], AbsFlow(marginal_bins=6, num_bins=4, hidden=(8,), num_blobs=4)
    monkeypatch.setitem(STUDY["corners"], "absflow", Entry(small, 3.03))
    rows = run_toy_study(
        tmp_path / "study",
        sets=("corners",),
        models=("absflow-paper", "absflow"),
        points=512,
        **QUICK,
        on_row=seen.append,
    )
    assert rows == seen
    written = json.loads((tmp_path / "study" / "results.json").read_text())
    assert [(row["dataset"], row["model"]) for row in written] == [
        ("corners", "absflow-paper"),
        ("corners", "absflow"),
    ]
    for row in written:
        assert row["exact"] is True
        assert row["entropy_nats"] == pytest.approx(toy("corners").entropy())
        assert row["gap_nats"] > 0
        assert row["integral"] == pytest.approx(1, abs=0.05)
        assert row["test_points"] == 512
    assert (tmp_path / "study" / "figure.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.slow
def test_a_study_that_was_stopped_goes_on_to_the_same_numbers_and_keeps_no_half_trained_row(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(toy_row, "integral_on_grid", lambda *_: 1.0)  # which is tested above, and slow
    out, trained = tmp_path / "study", []
    wanted = {"sets": ("corners",), "models": ("absflow-paper", "baseline"), "seeds": (3,), "points": 256}

    def stop(title, progress):
        trained.append(title)
        if title == "baseline on corners" and progress.step >= 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_toy_study(out, **wanted, **QUICK, on_progress=stop)
    (written,) = json.loads((out / "results.json").read_text())
    assert written["model"] == "absflow-paper"
    assert not (out / "figure.png").exists()

    trained.clear()
    rows = run_toy_study(out, **wanted, **QUICK, on_progress=lambda title, progress: trained.append(title))
    assert set(trained) == {"baseline on corners"}
    assert dataclasses.asdict(rows[0]) == written
    assert [row["model"] for row in json.loads((out / "results.json").read_text())] == [
        "absflow-paper",
        "baseline",
    ]
    assert (out / "figure.png").exists()

    trained.clear()
    assert run_toy_study(out, **wanted, **QUICK, on_progress=lambda *_: trained.append("again")) == rows
    assert not trained
    with pytest.raises(RunError, match=r"started with rows 256 \(now 300\)"):
        run_toy_study(out, **{**wanted, "points": 300}, **QUICK)
    (again,) = run_toy_study(**{**wanted, "models": ("absflow-paper",)}, **QUICK)
    assert again.nll_nats == rows[0].nll_nats


def test_every_set_has_every_model():
    assert all(set(models) == {"baseline", "absflow-paper", "absflow"} for models in STUDY.values())


def test_unknown_set_or_model_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ConfigError, match="no set 'moons'"):
        run_toy_study(tmp_path / "study", sets=("moons",))
    assert not (tmp_path / "study").exists()
