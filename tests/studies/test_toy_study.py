import json

import pytest

from surjax.data import toy
from surjax.errors import ConfigError
from surjax.studies.toy import STUDY, run_toy_study

QUICK = {"training": {"steps": 30, "batch_size": 64}, "grid_points": 400}


def test_study_writes_its_table_and_its_picture(tmp_path):
    seen = []
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


def test_a_seed_gives_the_same_numbers_again():
    rows = [
        run_toy_study(sets=("corners",), models=("absflow",), seeds=(3,), points=256, **QUICK)[0]
        for _ in range(2)
    ]
    assert rows[0].nll_nats == rows[1].nll_nats


def test_every_set_has_every_model():
    assert all(set(models) == {"baseline", "absflow-paper", "absflow"} for models in STUDY.values())


def test_unknown_set_or_model_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ConfigError, match="no set 'moons'"):
        run_toy_study(tmp_path / "study", sets=("moons",))
    assert not (tmp_path / "study").exists()
