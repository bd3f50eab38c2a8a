import json

import numpy as np
import pytest

from surjax.data import ImageConfig
from surjax.errors import ConfigError
from surjax.models import find
from surjax.runs import Run
from surjax.studies.image_systems import Pair, System
from surjax.studies.images import SCALES, run_image_study
from surjax.studies.marscf import MARSCF
from surjax.studies.pooling import POOLING
from surjax.studies.system_study import SystemStudy

STUDIES = {study.name: study for study in (POOLING, MARSCF)}


@pytest.fixture
def tiny(tiny_models):
    """A study of two systems that train in moments."""
    systems = {
        "narrow": System("Narrow", "tiny-image", {"kept": 1}),
        "wide": System("Wide", "tiny-image", {"kept": 2}, 3.5),
    }
    pairs = (Pair("channels", without="narrow", having="wide"),)
    return SystemStudy(
        "tiny", "Tiny flows", "Do channels help?", systems, ("A <note>.",), "What they gain", pairs
    )


def run(study, out, seen=None, **options):
    data = ImageConfig(rows=100, bits=4, test_rows=5)
    tell = None if seen is None else lambda title, progress: seen.append(title)
    return run_image_study(study, out, "tiny", source="digits-images", data=data, on_progress=tell, **options)


def test_study_writes_its_table_and_its_report_and_goes_on_where_it_was_stopped(tiny, tmp_path):
    seen = []
    (row,) = run(tiny, tmp_path / "study", seen, systems=("wide",))
    assert row.bound
    assert row.importance_samples == 1
    assert row.test_images == 5
    assert row.images_seen > 0
    assert np.isfinite(row.bits_per_dim)
    assert row.sampling_seconds_an_image > 0
    assert row.prior is None
    assert row.coupling is None
    (written,) = json.loads((tmp_path / "study" / "results.json").read_text())
    assert (written["model"], written["paper_bits_per_dim"]) == ("wide", 3.5)
    assert "| wide | 0 |" in (tmp_path / "study" / "results.md").read_text()
    page = (tmp_path / "study" / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 2
    assert "http" not in page
    assert "A &lt;note&gt;." in page
    assert "What they gain" not in page  # of one system alone nothing can be told
    assert set(seen) == {"Wide"}

    seen.clear()
    (again,) = run(tiny, tmp_path / "study", seen, systems=("wide",))
    assert again == row
    assert not seen  # nothing was trained again


@pytest.mark.slow
def test_a_run_that_is_trained_further_is_timed_again(tiny, tmp_path):
    fast = {"systems": ("wide",), "training": {"steps": 10**6, "eval_every": 10}}
    (row,) = run(tiny, tmp_path / "study", minutes=0.001, **fast)
    (more,) = run(tiny, tmp_path / "study", minutes=0.02, **fast)
    assert more.steps > row.steps
    assert more.sampling_seconds_an_image != row.sampling_seconds_an_image


def test_seeds_have_folders_of_their_own_and_the_report_their_mean_and_gains(tiny, tmp_path):
    seen = []
    rows = run(tiny, tmp_path / "study", seen, seed=3, seeds=2)
    order = [("narrow", 3), ("wide", 3), ("narrow", 4), ("wide", 4)]
    assert [(row.model, row.seed) for row in rows] == order
    assert list(dict.fromkeys(seen)) == ["Narrow, seed 3", "Wide, seed 3", "Narrow, seed 4", "Wide, seed 4"]
    folders = {path.name: path for path in (tmp_path / "study").iterdir() if path.is_dir()}
    assert set(folders) == {"narrow", "wide", "narrow-seed4", "wide-seed4"}
    assert Run.open(folders["wide-seed4"]).record.settings.training.seed == 4
    assert rows[1].bits_per_dim != rows[3].bits_per_dim

    text = (tmp_path / "study" / "results.md").read_text()
    told = [line for line in text.splitlines() if line.startswith("| narrow ")]
    assert "| – |" in told[0]  # nothing is published for it
    mean = (rows[0].bits_per_dim + rows[2].bits_per_dim) / 2
    assert told[2].startswith(f"| narrow | {mean:.3f} ± ")
    for seed in ("3", "4", "mean"):
        assert f"| channels | {seed} | " in text
    page = (tmp_path / "study" / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 5

    (first, _) = run(tiny, tmp_path / "study", seed=3)  # goes on with the first of the seeds
    assert first == rows[0]


@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"systems": ("nice",)}, r"no system 'nice' in the \w+ study: choose of "),
        ({"scale": "huge"}, "no scale 'huge': choose one of tiny"),
        ({"seeds": 0}, "seeds is 0 and must be at least 1"),
        ({"seed": -1}, "seed is -1 and must be 0 or more"),
        ({"minutes": 0.0}, "minutes is 0.0 and must be above 0"),
        ({"data": ImageConfig(test_fraction=0.0)}, "give a test_fraction above 0"),
    ],
)
def test_mistakes_are_refused_before_anything_is_written(study, options, sentence, tmp_path):
    with pytest.raises(ConfigError, match=sentence):
        run_image_study(study, tmp_path / "study", **options)
    assert not (tmp_path / "study").exists()


@pytest.mark.parametrize("name", [(s, name) for s in STUDIES for name in STUDIES[s].systems], ids="-".join)
def test_every_system_has_every_scale(name):
    study, system = name
    presets = find(STUDIES[study].systems[system].model).presets
    assert {"paper", *presets} >= set(SCALES)


@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)
def test_pairs_are_of_systems_that_differ_in_one_field(study):
    for pair in study.pairs:
        without, having = (study.systems[name] for name in (pair.without, pair.having))
        assert without.model == having.model
        assert len(set(without.fields.items()) ^ set(having.fields.items())) == 2
