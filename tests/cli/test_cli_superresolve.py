"""surjax superresolve, and the sizes of a sample by surjax sample."""

from pathlib import Path

import jax
import numpy as np
import pytest
from commands import read_json
from PIL import Image

from surjax.data import ImageConfig, load_images
from surjax.interop.imported import Imported
from surjax.models import ProNF
from surjax.models.base import preset
from surjax.models.stages import stage_alone
from surjax.runs.imported import write_imported

# what the tests share is made once, by one worker
pytestmark = [pytest.mark.xdist_group("superresolve"), pytest.mark.slow]

SIDE = 66
"""How many pixels of a picture an image takes, and the gap beside it."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Runs on images (1, 8, 8) of 5 bits: of the stages 8, 4 and 2, and of the stage of 8 alone."""
    folder, (digits, _) = tmp_path_factory.mktemp("pronf"), load_images("digits-images")
    model, _ = preset(ProNF, "tiny", prior="normal")
    alone, _ = preset(ProNF, "tiny", prior="normal", stage=8)
    flow = model.build(jax.random.key(0), (1, 8, 8), 5)
    flow = flow.initialize(digits.values[:64], jax.random.key(1))
    data = ImageConfig(rows=200)
    for name, config, kept in (("whole", model, flow), ("alone", alone, stage_alone(flow, 0))):
        write_imported(folder / name, Imported(config, (1, 8, 8), 5, kept), "digits-images", data)
    return folder


@pytest.fixture
def run(runs):
    return runs / "whole"


@pytest.fixture
def picture():
    """A grey picture of 6×6 pixels of 8 bits, in the current folder."""
    pixels = np.random.default_rng(0).integers(0, 256, (6, 6), np.uint8)
    Image.fromarray(pixels).save("small.png")
    return pixels


def test_own_images_are_compared_with_the_truth(surjax, run):
    argv = ["superresolve", run, "test", "-n", 3, "--rows", 10, "--out", "s.png"]
    status, out, err = surjax(*argv, "--json")
    assert (status, err) == (0, "")
    result = read_json(out)
    assert (result["images"], result["n"], result["from"], result["size"]) == (10, 3, [4, 4], [8, 8])
    assert (result["temperature"], result["split"], result["bits"]) == (1, "test", 5)
    kept = result["consistency"]
    assert kept["kept"] == kept["pixels"] > 0
    assert kept["pixels"] + kept["clipped_pixels"] == 10 * 3 * 16
    assert result["clipped_share"] == result["clipped"] / (10 * 3 * 64) > 0
    assert result["spread"] > 0
    quality = result["quality"]
    assert list(quality) == ["sample", "mean", "bicubic", "nearest"]
    assert quality["bicubic"]["psnr"] > quality["nearest"]["psnr"] > 5
    assert quality["mean"]["psnr"] > quality["sample"]["psnr"] > 5
    assert -1 <= quality["sample"]["ssim"] <= 1
    with Image.open("s.png") as image:
        assert image.size == (6 * SIDE + 2, 10 * SIDE + 2 + 14)  # input, bicubic, 3 samples, truth; a header
    text = surjax(*argv)[1]
    for words in (
        "one sample",
        "mean of 3",
        "bicubic",
        "PSNR",
        "pixels come back",
        "grey levels",
        "10 of test",
    ):
        assert words in text


def test_the_picture_shows_what_is_told(surjax, run):
    argv = ["superresolve", run, "validation", "-n", 9, "--rows", 2, "--seed", 3, "--mean"]
    assert surjax(*argv, "--out", "s.npz")[0] == 0
    status, out, _ = surjax(*argv, "--out", "s.png")
    assert status == 0
    assert "The picture shows 2 images, 8 samples of each." in out
    with np.load("s.npz") as file:
        samples, mean = file["samples"], file["mean"]
    assert (samples.shape, samples.dtype, mean.shape) == ((2, 9, 1, 8, 8), np.uint8, (2, 1, 8, 8))
    assert samples.max() < 32
    assert np.array_equal(mean, np.rint(samples.mean(1)).astype(np.uint8))
    with Image.open("s.png") as image:
        pixels = np.asarray(image)
    assert pixels.shape == (2 * SIDE + 2 + 14, 12 * SIDE + 2, 3)
    for row in range(2):
        top = 14 + 2 + SIDE * row
        cells = [pixels[top : top + 64, 2 + SIDE * i : 66 + SIDE * i] for i in range(12)]
        cells = np.stack(cells)[:, 4::8, 4::8, 0]  # one pixel of each block
        shown = np.concatenate([samples[row, :8, 0], mean[row]])
        assert np.array_equal(cells[2:11], np.rint(shown * (255 / 31)).astype(np.uint8))
        assert np.array_equal(cells[0, ::2, ::2], cells[0, 1::2, 1::2])  # the input, enlarged


def test_from_and_to_and_a_temperature_a_stage(surjax, run):
    argv = ["superresolve", run, "train", "--rows", 4, "-n", 1, "--out", "s.npz", "--json"]
    result = read_json(surjax(*argv, "--from", 2, "--temperature", 0.5, 0)[1])
    assert (result["from"], result["size"], result["temperature"]) == ([2, 2], [8, 8], [0.5, 0])
    assert result["spread"] is None  # of one sample
    result = read_json(surjax(*argv, "--from", 2, "--to", 4)[1])
    assert result["size"] == [4, 4]
    assert result["quality"]["mean"]["ssim"] is None  # smaller than a window
    assert "smaller than 7×7 have no SSIM" in surjax(*argv[:-1], "--from", 2, "--to", 4)[1]
    few = surjax(*argv, "--chunk", 3)
    assert few == surjax(*argv)


def test_a_picture_of_another_size(surjax, run, picture):
    argv = ["superresolve", run, "small.png", "-n", 2, "--out", "s.npz"]
    status, out, _ = surjax(*argv, "--json")
    assert status == 0
    result = read_json(out)
    assert (result["from"], result["to"], result["reduced_bits"]) == ([6, 6], 12, 8)
    assert (result["quality"], result["split"]) == (None, None)
    with np.load("s.npz") as file:
        assert file["samples"].shape == (1, 2, 1, 12, 12)
    text = surjax(*argv)[1]
    assert "Of 8 bits the highest 5 were kept" in text
    assert "1 of small.png, 6×6 to 12×12" in text


def test_a_folder_of_results(surjax, refused, run, picture):
    np.save("many.npy", np.random.default_rng(1).integers(0, 256, (11, 4, 4), np.uint8))
    assert surjax("superresolve", run, "many.npy", "-n", 2, "--out", "out")[0] == 0
    names = sorted(path.name for path in Path("out").iterdir())
    assert names == [f"{i:02d}.png" for i in range(11)] + ["overview.png"]
    with Image.open("out/03.png") as image:
        assert (image.size, image.mode) == ((16, 8), "L")
    Path("pictures").mkdir()
    Path("small.png").rename("pictures/small.png")
    Path("means").mkdir()
    assert surjax("superresolve", run, "pictures", "-n", 2, "--mean", "--out", "means")[0] == 0
    assert surjax("superresolve", run, "pictures", "-n", 2, "--out", "s.npz")[0] == 0
    with Image.open("means/0.png") as image, np.load("s.npz") as file:
        assert np.array_equal(np.asarray(image), np.rint(file["mean"][0, 0] * (255 / 31)))
    assert "out is not empty: name a new folder" in refused("superresolve", run, "many.npy", "--out", "out")


def test_a_folder_is_there_as_a_whole_or_not_at_all(refused, run, picture, monkeypatch):
    def full(path, picture):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("surjax.runs.super_resolution._save", full)
    assert "cannot write out: the disk is full" in refused("superresolve", run, "small.png", "--out", "out")


def test_a_stage_alone(surjax, refused, runs):
    argv = ["superresolve", runs / "alone", "test", "-n", 1, "--out", "s.png"]
    sentence = refused(*argv, "--from", 2)
    assert "the stage that makes images of 4 is not trained in this model: it has 8, so take" in sentence
    assert surjax(*argv)[0] == 0


BAD = {
    "no samples": (["test", "-n", 0], "-n is 0 and must be at least 1"),
    "no rows": (["test", "--rows", 0], "rows is 0 and must be at least 1"),
    "no chunk": (["test", "--chunk", 0], "chunk is 0 and must be at least 1"),
    "a temperature below 0": (["test", "--temperature", -1], "temperature is -1.0 and must be 0 or more"),
    "too many temperatures": (["test", "--temperature", 1, 1], "2 temperatures are given, and the number of"),
    "a height that is none": (
        ["test", "--to", 5],
        "to is 5 and of images 4×4 this model makes images of the",
    ),
    "a height to start from that is none": (
        ["test", "--from", 8],
        "from is 8 and the images that this model",
    ),
    "a start of other images": (["small.png", "--from", 4], "from is for the run's own images, test, val"),
    "a missing file": (["no.png"], "there is no file or folder no.png"),
    "an unknown word": (["tests"], "there is no set of images 'tests'"),
    "a colour picture": (
        ["colour.png"],
        "have 3 channels (RGB) and the model takes images of 1 channel (grey)",
    ),
    "floats": (
        ["float.npy"],
        "float.npy holds float32 from 0 to 0 and pixels are whole numbers from 0 to 255",
    ),
    "a damaged picture": (["damaged.png"], "cannot read damaged.png: it is damaged or no image"),
    "another type of file": (["test", "--out", "s.jpg"], "s.jpg ends in '.jpg': write a .png, an .npz or a"),
    "no folder to write in": (["test", "--out", "no/s.png"], "there is no folder no; make it first"),
    "a file where a folder is to be": (["test", "--out", "taken"], "cannot make the folder taken: a file of"),
}


@pytest.mark.parametrize("name", BAD)
def test_mistakes(refused, run, picture, name):
    argv, sentence = BAD[name]
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save("colour.png")
    np.save("float.npy", np.zeros((2, 1, 4, 4), np.float32))
    Path("damaged.png").write_bytes(Path("small.png").read_bytes()[:60])
    Path("taken").write_text("")
    out = [] if "--out" in argv else ["--out", "s.png"]
    assert sentence in refused("superresolve", run, *argv, *out)


def test_a_run_of_another_model(refused, toy_run):
    for command in (["superresolve", toy_run, "test"], ["sample", toy_run, "--steps-shown"]):
        sentence = refused(*command, "--out", "s.png")
        assert "which has no stages: give one of a model that has (pronf)" in sentence
    assert "there is no run folder no" in refused("superresolve", "no", "test", "--out", "s.png")


def test_out_of_memory_names_the_chunk(refused, run, monkeypatch):
    def exhausted(*args, **options):
        raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")

    monkeypatch.setattr("surjax.flow._decode", exhausted)
    sentence = refused("superresolve", run, "test", "--chunk", 5, "--out", "s.png")
    assert "5 examples at once do not fit, so take fewer" in sentence


def test_steps_of_samples_are_shown(surjax, refused, run):
    argv = ["sample", run, "-n", 3, "--seed", 2]
    assert surjax(*argv, "--out", "s.npz")[0] == 0
    assert surjax(*argv, "--steps-shown", "--out", "s.png")[0] == 0
    samples = np.load("s.npz")["samples"]
    with Image.open("s.png") as image:
        pixels = np.asarray(image)
    assert pixels.shape == (3 * SIDE + 2 + 14, 3 * SIDE + 2, 3)
    cells = pixels[16:, 2:, 0].reshape(3, SIDE, 3, SIDE).transpose(0, 2, 1, 3)[..., 4:64:8, 4:64:8]
    assert np.array_equal(cells[:, 2], np.rint(samples[:, 0] * (255 / 31)))
    blocks = samples[:, 0].reshape(3, 4, 2, 4, 2).sum((2, 4), dtype=int)
    halved = ((blocks + 2) // 4).repeat(2, 1).repeat(2, 2)
    assert np.array_equal(cells[:, 1], np.rint(halved * (255 / 31)))
    assert surjax("sample", run, "--steps-shown", "--out", "s.png")[0] == 0
    with Image.open("s.png") as image:
        assert image.size == (5 * 3 * SIDE + 2, 13 * SIDE + 2 + 14)  # 64 samples, five in a row
    assert "write a .png" in refused("sample", run, "--steps-shown", "--out", "t.npz")


def test_a_stage_alone_draws_nothing_from_nothing(refused, runs):
    sentence = refused("sample", runs / "alone", "--steps-shown", "--out", "s.png")
    assert "is given and not modelled, so it cannot be drawn" in sentence
