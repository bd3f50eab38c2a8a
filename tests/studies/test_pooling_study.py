import json

import numpy as np
import pytest

from surjax.errors import ConfigError
from surjax.models import MODELS, find
from surjax.runs.data_config import ImageConfig
from surjax.studies.pooling import SCALES, SYSTEMS, System, run_pooling_study
from tiny_image_model import TinyImageModel


@pytest.fixture
def tiny(monkeypatch):
    """A system that trains in moments."""
    monkeypatch.setitem(MODELS, "tiny-image", TinyImageModel)
    monkeypatch.setitem(SYSTEMS, "tiny", System("Tiny", "tiny-image", {"kept": 1}, 3.5, None))


def study(out, seen=None):
    data = ImageConfig(rows=100, bits=4, test_rows=5)
    tell = None if seen is None else lambda title, progress: seen.append(title)
    return run_pooling_study(
        out, "tiny", systems=("tiny",), source="digits-images", data=data, on_progress=tell
    )


def test_study_writes_its_table_and_its_report_and_goes_on_where_it_was_stopped(tiny, tmp_path):
    seen = []
    (row,) = study(tmp_path / "study", seen)
    assert row.bound
    assert row.importance_samples == 1
    assert row.test_images == 5
    assert row.images_seen > 0
    assert np.isfinite(row.bits_per_dim)
    (written,) = json.loads((tmp_path / "study" / "results.json").read_text())
    assert (written["model"], written["paper_bits_per_dim"]) == ("tiny", 3.5)
    assert "| tiny |" in (tmp_path / "study" / "results.md").read_text()
    page = (tmp_path / "study" / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 2
    assert "http" not in page
    assert set(seen) == {"Tiny"}

    seen.clear()
    (again,) = study(tmp_path / "study", seen)
    assert again == row
    assert not seen  # nothing was trained again


def test_unknown_system_or_scale_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ConfigError, match=r"no system 'nice'.*maxpoolflow"):
        run_pooling_study(tmp_path / "study", systems=("nice",))
    with pytest.raises(ConfigError, match="no scale 'huge'"):
        run_pooling_study(tmp_path / "study", "huge")
    assert not (tmp_path / "study").exists()


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system_has_every_scale(name):
    presets = find(SYSTEMS[name].model).presets
    assert {"paper", *presets} >= set(SCALES)
