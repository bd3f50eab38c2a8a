"""Models in stages on the command line: trained whole or stage by stage, put together, measured."""

import shutil

import pytest
from commands import read_json

from surjax.cli.main import main

# what the tests share is made once, by one worker
pytestmark = [pytest.mark.usefixtures("tiny_models"), pytest.mark.xdist_group("commands of stages")]

DATA = ["digits-images", "--rows", "200", "--bits", "4", "--test-rows", "20"]


@pytest.fixture(scope="module")
def runs(tiny_models, tmp_path_factory):
    """A run of each stage, and one of another model."""
    folder = tmp_path_factory.mktemp("stages")
    for stage in ("8", "4", "2"):
        assert main(["train", "tiny-staged", *DATA, "--stage", stage, "--out", str(folder / stage)]) == 0
    assert main(["train", "tiny-image", *DATA, "--steps", "2", "--out", str(folder / "plain")]) == 0
    return folder


def test_stages_are_put_together_and_measured(surjax, runs):
    status, out, _ = surjax("assemble", runs / "8", runs / "4", runs / "2", "--out", "whole")
    assert status == 0
    assert "put together" in out
    assert f"stage 4         {runs / '4'}" in out
    status, out, _ = surjax("evaluate", "whole")
    assert status == 0
    assert "bits/dim" in out
    assert "of each new number" in out
    status, out, _ = surjax("evaluate", "whole", "--rows", 5, "--num-samples", 2, "--json")
    told = read_json(out)
    assert [stage["stage"] for stage in told["stages"]] == [8, 4, 2]
    assert told["bits_per_dim"] == pytest.approx(sum(stage["bits"] for stage in told["stages"]) / 64)
    assert surjax("sample", "whole", "-n", 2, "--out", "s.png")[0] == 0


def test_a_stage_alone_has_no_bits_per_dim_and_cannot_be_drawn(surjax, refused, runs):
    status, out, _ = surjax("evaluate", runs / "4")
    assert status == 0
    assert "of each new number" in out
    assert not any(line.startswith("bits/dim") for line in out.splitlines())
    assert "is given and not modelled" in refused("sample", runs / "4", "--out", "s.png")


@pytest.mark.slow
def test_minutes_are_told_as_they_are_divided(surjax):
    status, out, err = surjax("train", "tiny-staged", *DATA, "--minutes", 0.02, "--out", "run", "--json")
    assert status == 0
    assert [share["stage"] for share in read_json(out)["budget"]] == [8, 4, 2]
    assert "seconds a step" in err


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["--stage", "5"], "stage is 5 and tiny-staged of images 8×8 has the stages 8, 4, 2"),
        (["--pad", "10"], "give (C, H, W) with multiples of 4, such as 8 × 8"),
        (["--crop", "12"], "crop is 12"),
        (["--stage", "2", "--crop", "4"], "stage 2 is that of the smallest image"),
    ],
)
def test_stages_and_sizes_that_there_are_not(refused, argv, sentence):
    assert sentence in refused("train", "tiny-staged", *DATA, *argv, "--out", "run")


def test_runs_that_cannot_be_put_together(refused, surjax, runs, tmp_path):
    def said(*names):
        return refused("assemble", *(runs / name for name in names), "--out", "whole")

    assert "no run of the stages 4, 2: give runs of all, 8, 4, 2" in said("8")
    assert "tiny-image, which has no stages: give one of a model that has (pronf, tiny-staged)" in said(
        "8", "plain"
    )
    assert "there is no run folder" in said("8", "none")
    assert "say which runs to put together" in refused("assemble", "--out", "whole")
    shutil.copytree(runs / "4", tmp_path / "cut")
    shutil.rmtree(tmp_path / "cut" / "model")
    argv = ["assemble", runs / "8", tmp_path / "cut", runs / "2", "--out"]
    assert "holds no model yet" in refused(*argv, "whole")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").write_text("")
    assert "is there already and is no run" in refused(*argv, "taken")
