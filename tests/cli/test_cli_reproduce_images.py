"""surjax reproduce pooling and surjax reproduce marscf."""

import pytest
from commands import read_json

from surjax.studies.image_systems import System
from surjax.studies.marscf import MARSCF
from surjax.studies.pooling import POOLING

QUICK = ["--scale", "tiny", "--data", "digits-images", "--rows", "100", "--test-rows", "5", "--steps", "4"]


@pytest.fixture(autouse=True)
def tiny(tiny_models, monkeypatch):
    """Systems that train in moments in the place of others."""
    monkeypatch.setitem(POOLING.systems, "glow", System("Glow", "tiny-image", {}, 3.35))
    monkeypatch.setitem(MARSCF.systems, "affine-normal", System("Normal", "tiny-image", {"kept": 1}))
    monkeypatch.setitem(MARSCF.systems, "affine-mar", System("mAR", "tiny-image", {"kept": 2}, 3.33, 3.39))


def test_the_pooling_study_tells_a_row_a_system_and_seed(surjax):
    argv = ["reproduce", "pooling", *QUICK, "--systems", "glow", "--seeds", "2", "--out", "study"]
    status, out, _ = surjax(*argv, "--json")
    assert status == 0
    result = read_json(out)
    assert [(row["model"], row["seed"], row["steps"]) for row in result["rows"]] == [
        ("glow", 0, 4),
        ("glow", 1, 4),
    ]
    assert result["gains"] == []
    with open("study/results.json") as file:
        assert read_json(file.read()) == result["rows"]


def test_the_marscf_study_tells_what_the_prior_gains(surjax):
    argv = ["reproduce", "marscf", *QUICK, "--systems", "affine-normal", "affine-mar", "--out", "study"]
    status, out, _ = surjax(*argv, "--json")
    assert status == 0
    result = read_json(out)
    normal, mar = result["rows"]
    (gain,) = result["gains"]
    assert gain["pair"] == "affine"
    assert gain["bits_per_dim"] == pytest.approx(normal["bits_per_dim"] - mar["bits_per_dim"])

    status, out, _ = surjax(*argv)  # finished already: told again, for people
    assert status == 0
    lines = [line.split() for line in out.splitlines()]
    (told,) = [line for line in lines if line[:1] == ["affine-normal"]]
    assert "–" in told
    (told,) = [line for line in lines if line[:1] == ["affine-mar"]]
    assert {"3.33", "3.39", f"{mar['bits_per_dim']:.4f}"} <= set(told)
    assert f"affine, seed 0: {gain['bits_per_dim']:+.4f} ± " in out


@pytest.mark.parametrize("study", ["pooling", "marscf"])
def test_mistakes_in_a_study_of_images(refused, study):
    argv = ["reproduce", study, "--scale", "tiny", "--out", "study"]
    assert "there is no system 'nice'" in refused(*argv, "--systems", "nice")
    assert "seeds is 0 and must be at least 1" in refused(*argv, "--seeds", 0)
    assert "steps is 0 and must be at least 1" in refused(*argv, "--steps", 0)
