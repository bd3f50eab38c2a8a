import json

import numpy as np
import pytest

from surjax.errors import ConfigError
from surjax.runs.data_config import ImageConfig
from surjax.studies.pooling import SYSTEMS, run_pooling_study


@pytest.fixture
def images(tmp_path):
    path = tmp_path / "images.npy"
    np.save(path, np.random.default_rng(0).integers(0, 256, (40, 8, 8, 3), dtype=np.uint8))
    return str(path)


def study(images, out, **settings):
    data = ImageConfig(test_fraction=0.2, validation_fraction=0.2)
    return run_pooling_study(
        out, "tiny", systems=("baseline",), source=images, data=data, training={"steps": 2}, **settings
    )


def test_study_writes_its_table_and_its_report_and_goes_on_where_it_was_stopped(images, tmp_path):
    seen = []
    (row,) = study(images, tmp_path / "study", on_progress=lambda title, progress: seen.append(title))
    assert row.bound
    assert row.importance_samples == 1
    assert row.images_seen == 2 * 8
    assert row.test_images == 8
    assert np.isfinite(row.bits_per_dim)
    (written,) = json.loads((tmp_path / "study" / "results.json").read_text())
    assert (written["model"], written["paper_bits_per_dim"]) == ("baseline", 3.08)
    assert "| baseline |" in (tmp_path / "study" / "results.md").read_text()
    page = (tmp_path / "study" / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 2
    assert "http" not in page
    assert set(seen) == {"Baseline"}

    seen.clear()
    (again,) = study(images, tmp_path / "study", on_progress=lambda title, progress: seen.append(title))
    assert again == row
    assert not seen  # nothing was trained again


def test_unknown_system_or_scale_is_refused_before_anything_is_written(images, tmp_path):
    with pytest.raises(ConfigError, match=r"no system 'nice'.*maxpoolflow"):
        run_pooling_study(tmp_path / "study", systems=("nice",), source=images)
    with pytest.raises(ConfigError, match="no scale 'huge'"):
        run_pooling_study(tmp_path / "study", "huge", source=images)
    assert not (tmp_path / "study").exists()


def test_every_system_has_every_scale():
    from surjax.models import find
    from surjax.studies.pooling import SCALES, _settings

    for system in SYSTEMS.values():
        for scale in SCALES:
            settings = _settings(system, scale, "cifar10", ImageConfig(), {})
            assert isinstance(settings.model, find(system.model))
