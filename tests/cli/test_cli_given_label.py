"""Images given their label, on the command line."""

import numpy as np
import pytest
from PIL import Image

from surjax.cli.main import main
from surjax.runs import Run

pytestmark = pytest.mark.xdist_group("commands given a label")  # what it trains is trained once

TINY = [
    "--preset",
    "tiny",
    "--num-levels",
    1,
    "--num-steps",
    1,
    "--steps",
    4,
    "--rows",
    120,
    "--test-rows",
    8,
]


@pytest.fixture(scope="module")
def label_run(tmp_path_factory):
    """A tiny Glow of digits given their label."""
    folder = tmp_path_factory.mktemp("label") / "run"
    argv = ["train", "glow", "digits-images", "--given", "label", *TINY, "--out", folder]
    assert main([str(word) for word in argv]) == 0
    return folder


def test_run_shows_a_row_a_class(label_run):
    (label,) = Run.open(label_run).record.form.given
    assert label.categories == tuple("0123456789")
    width, height = Image.open(label_run / "samples.png").size
    assert height > width  # ten rows of eight


def test_samples_of_a_label_and_of_each(surjax, label_run):
    assert surjax("sample", label_run, "--given", "label=3", "-n", 4, "--out", "three.npz")[0] == 0
    assert np.load("three.npz")["samples"].shape == (4, 1, 8, 8)
    assert surjax("sample", label_run, "--given", "label=each", "-n", 2, "--out", "each.png")[0] == 0
    width, height = Image.open("each.png").size
    assert height == pytest.approx(5 * width, rel=0.1)  # ten rows of two


def test_evaluation_and_reconstruction_take_the_labels_of_the_data(surjax, label_run):
    assert surjax("evaluate", label_run, "--rows", 8)[0] == 0
    assert surjax("score", label_run, "digits-images", "--out", "scores.csv")[0] == 0
    status, out, _ = surjax("reconstruct", label_run, "-n", 4)
    assert status == 0
    assert "maximum error" in out


def test_labels_that_there_are_not(refused, surjax, label_run):
    for label in ("cat", "11", "-1"):
        sentence = refused("sample", label_run, "--given", f"label={label}", "--out", "s.png")
        assert f"label is given as '{label}', which is none of its categories: choose one of 0, 1" in sentence
    assert "is conditional on label" in refused("sample", label_run, "--out", "s.png")
    assert "no path leads from one label to another" in refused("interpolate", label_run)
    np.save("grey.npy", np.zeros((4, 1, 8, 8), np.uint8))
    status, _, err = surjax("score", label_run, "grey.npy", "--out", "s.csv")
    assert status == 2
    assert "has no labels that could be given" in err.splitlines()[-1]  # others tell how they were read


def test_images_can_be_given_their_label_alone(surjax):
    status, _, err = surjax("train", "glow", "digits-images", "--given", "colour", *TINY, "--out", "run")
    assert (status, err.count("\n")) == (2, 1)
    assert "images can be given their label alone, and not colour" in err


def test_models_in_stages_take_no_label(surjax):
    status, _, err = surjax(
        "train", "pronf", "digits-images", "--given", "label", "--preset", "tiny", "--out", "run"
    )
    assert (status, err.count("\n")) == (2, 1)
    assert "pronf models all there is and can be given nothing" in err
