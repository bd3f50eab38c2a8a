"""The commands on images: train, evaluate, sample, interpolate, reconstruct, import."""

import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from commands import read_json
from PIL import Image

import surjax as sx
from surjax.cli.progress import StudyProgress
from surjax.data import ImageForm, fingerprint, load_images
from surjax.evaluate.fid import InceptionMetrics
from surjax.runs import Run
from surjax.train import Progress
from tiny_image_model import TinyImageModel

pytestmark = pytest.mark.usefixtures("tiny_models")

TRAIN = ["train", "tiny-image", "digits-images", "--preset", "tiny", "--rows", "200", "--bits", "4"]


@pytest.fixture(scope="module")
def run(tiny_models, tmp_path_factory):
    from surjax.cli.main import main

    folder = tmp_path_factory.mktemp("images") / "run"
    assert main([*TRAIN, "--test-rows", "10", "--tensorboard", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def array():
    """A set of images of another size, in the current folder."""
    np.save("a.npy", np.random.default_rng(0).integers(0, 256, (60, 6, 6, 3), np.uint8))
    return "a.npy"


def test_a_preset_and_its_run(run):
    record = read_json((run / "run.json").read_text())
    assert record["model"]["config"] == {"kept": 2, "remat": False}
    assert (record["preset"], record["training"]["steps"]) == ("tiny", 6)
    assert record["image"] == {"shape": [1, 8, 8], "bits": 4}
    assert "schema" not in record
    assert record["result"]["test"]["n"] == 10
    line = read_json((run / "metrics.jsonl").read_text().splitlines()[-1])
    assert line["validation_bits_per_dim"] == pytest.approx(line["validation_loss"] / (64 * np.log(2)))
    with Image.open(run / "samples.png") as image:
        assert image.size == (8 * 66 + 2, 8 * 66 + 2)
    lines = (run / "metrics.jsonl").read_text().splitlines()
    assert len(list((run / "samples").glob("*.png"))) == len(lines)  # one picture an evaluation
    assert any((run / "tensorboard").iterdir())


def test_progress_is_in_bits(surjax):
    status, out, err = surjax(*TRAIN, "--steps", 2, "--test-fraction", 0, "--out", "run")
    assert status == 0
    assert "bits/dim" in err
    assert "bits/dim" not in out
    assert "kept 2 (now 3)" in surjax(*TRAIN, "--kept", 3, "--out", "run", "--resume")[2]
    assert "preset tiny (now paper)" in surjax(*TRAIN, "--preset", "paper", "--out", "run", "--resume")[2]


def test_time_left_of_a_study_ends_with_the_minutes(capsys, monkeypatch):
    monkeypatch.setattr("surjax.cli.progress._SECONDS_BETWEEN_LINES", -1.0)
    at = Progress(
        step=10, steps=10**6, train_loss=1.0, validation_loss=1.0, best_loss=1.0, bad_steps=0, seconds=30
    )
    with StudyProgress(minutes=2) as progress:
        progress("Glow", at)
    assert "Glow  10/1000000" in (said := capsys.readouterr().err)
    assert "1:30 left" in said


def test_evaluate_is_in_bits(surjax, run):
    status, out, err = surjax("evaluate", run, "--num-samples", 3, "--json")
    assert (status, err) == (0, "")
    result = read_json(out)
    assert (result["exact"], result["num_samples"], result["n"], result["example"]) == (False, 3, 20, "image")
    assert result["split"] == "test"
    nats = 64 * np.log(2)
    assert result["bits_per_dim"] == pytest.approx(result["nll_nats"] / nats)
    assert result["standard_error_bits_per_dim"] == pytest.approx(result["standard_error_nats"] / nats)
    text = surjax("evaluate", run, "--num-samples", 3, "--chunk", 7)[1]
    assert "nats an image (a lower bound, 3 importance samples)" in text
    assert "20 of test" in text
    assert result["fingerprint"] in text
    few = read_json(surjax("evaluate", run, "--rows", 10, "--json")[1])
    assert few["fingerprint"] == Run.open(run).record.result.test["fingerprint"]


def test_samples_are_a_grid_or_an_array(surjax, run):
    status, out, _ = surjax("sample", run, "--out", "s.png", "--json")
    assert (status, read_json(out)["n"]) == (0, 64)

    def draw(*flags):
        assert surjax("sample", run, "-n", 9, "--out", "s.npz", *flags)[0] == 0
        with np.load("s.npz") as file:
            return file["samples"]

    assert draw().shape == (9, 1, 8, 8)
    assert draw().dtype == np.uint8
    assert draw().max() < 16
    assert np.array_equal(draw(), draw("--chunk", 4))
    assert not np.array_equal(draw(), draw("--seed", 1))
    assert load_images("s.npz")[0].fingerprint == fingerprint(draw("--seed", 1))
    assert surjax("sample", run, "-n", 4, "--out", "s.npy")[0] == 0
    assert np.load("s.npy").shape == (4, 1, 8, 8)


def test_reconstruct_tells_the_error(surjax, run):
    status, out, _ = surjax("reconstruct", run, "-n", 8, "--json")
    assert status == 0
    result = read_json(out)
    assert 0 <= result["max_error"] < 1e-4
    assert (result["n"], result["before_rounding"]) == (8, True)
    with Image.open("reconstruction.png") as image:
        assert image.size == (4 * 66 + 2, 4 * 66 + 2)
    assert "of a pixel step, before rounding" in surjax("reconstruct", run, "-n", 2)[1]


def test_interpolate_draws_a_row_a_path(surjax, run):
    for path in ("spherical", "linear", "latent", "noise"):
        status, out, _ = surjax("interpolate", run, "-n", 3, "--steps", 5, "--path", path, "--out", "i.png")
        assert status == 0
        assert f"3 {path} paths of 5 images: i.png" in out
        with Image.open("i.png") as image:
            assert image.size == (5 * 66 + 2, 3 * 66 + 2)


def test_interpolate_tells_of_images_that_are_no_numbers(surjax, run, monkeypatch):
    monkeypatch.setattr("surjax.pictures.latent.interpolate", lambda *_: np.full((2, 3, 1, 8, 8), np.nan))
    status, out, _ = surjax("interpolate", run, "-n", 2, "--steps", 3, "--out", "i.png")
    assert status == 0
    assert "6 images have numbers that are not finite, which are taken as 0" in out


def test_interpolate_through_noise_that_there_is_none_of(refused, run, monkeypatch):
    pool = sx.Flow(sx.Normal((1, 4, 4)), sx.Chain(sx.dequantize((1, 8, 8)), sx.MaxPool((1, 8, 8))))
    monkeypatch.setattr(Run, "flow", lambda self: pool)
    sentence = refused("interpolate", run, "-n", 2, "--path", "noise")
    assert "Categorical is no bijection of normal noise, so" in sentence
    assert sentence.endswith("take the spherical one, --path spherical.")


def test_fid_tells_what_it_is_of(surjax, run, monkeypatch):
    seen = []

    def measure(samples, images, weights, on_progress):
        seen.append((samples, images, weights.read_bytes()))
        return InceptionMetrics(12.5, 3.25, 0.125, len(samples))

    monkeypatch.setattr("surjax.evaluate.fid.torch_fidelity", lambda: None)
    monkeypatch.setattr("surjax.evaluate.fid.inception_metrics", measure)
    Path("w.pth").write_bytes(b"weights")
    status, out, err = surjax("fid", run, "-n", 16, "--inception", "w.pth", "--json")
    assert (status, err) == (0, "")
    result = read_json(out)
    assert (result["fid"], result["inception_score"], result["inception_score_std"]) == (12.5, 3.25, 0.125)
    assert (result["n"], result["split"], result["inception_published"]) == (16, "train", False)
    samples, images, weights = seen[0]
    assert samples.shape == images.shape == (16, 1, 8, 8)
    assert set(np.unique(images)) <= set(range(0, 256, 17))  # 4 bits, spread over 8
    assert weights == b"weights"
    chosen = Run.open(run).splits().part("train").choose(16)
    assert result["fingerprint"] == chosen.fingerprint
    text = surjax("fid", run, "--split", "test", "--inception", "w.pth")[1]
    for words in (
        "12.500",
        "3.250 ± 0.125",
        "20 of test",
        "w.pth",
        "not those of published",
        "only at the same n",
    ):
        assert words in text


def test_fid_without_its_package_its_weights_or_images(refused, run, toy_run, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch_fidelity", None)
    assert "`pip install 'surjax[fid]'`" in refused("fid", run)
    assert "-n is 9 and must be at least 10" in refused("fid", run, "-n", 9)
    assert "is a run of a table" in refused("fid", toy_run)
    monkeypatch.setattr("surjax.evaluate.fid.torch_fidelity", lambda: None)
    assert "there is no file no.pth: fetch https" in refused("fid", run, "--inception", "no.pth")


def test_score_tells_of_images(surjax, run):
    status, out, _ = surjax("score", run, "digits-images", "--out", "s.csv")
    assert status == 0
    assert "scored 1,797 images" in out


def test_evaluate_and_score_agree_whatever_the_chunk(surjax, run):
    part = Run.open(run).splits().part("test").values
    np.save("part.npy", part * 16)  # the highest 4 of 8 bits
    means = [read_json(surjax("evaluate", run, "--seed", 3, "--json")[1])["log_likelihood_nats"]]
    for flags in ([], ["--chunk", 7]):
        out = surjax("score", run, "part.npy", "--out", "s.npy", "--seed", 3, *flags, "--json")[1]
        means.append(read_json(out)["mean_log_likelihood_nats"])
    means.append(
        read_json(surjax("evaluate", run, "--seed", 3, "--chunk", 6, "--json")[1])["log_likelihood_nats"]
    )
    assert means == pytest.approx([means[0]] * 4, rel=1e-6)
    other = read_json(surjax("evaluate", run, "--seed", 4, "--json")[1])
    assert other["log_likelihood_nats"] != pytest.approx(means[0], rel=1e-4)


def test_an_array_and_a_folder_are_data_sets(surjax, array):
    argv = ["--steps", 2, "--bits", 5, "--downsample", 1, "--pad", 8, "--json"]
    status, out, _ = surjax("train", "tiny-image", array, *argv)
    assert status == 0
    assert read_json(out)["run"] == "runs/tiny-image-a"
    assert Run.open("runs/tiny-image-a").record.form == ImageForm((3, 8, 8), 5)


def test_images_that_cannot_be_trained_on(refused, array):
    np.save("odd.npy", np.arange(30 * 3 * 7 * 7).reshape(30, 3, 7, 7) % 256)
    assert "halves height and width 1 times" in refused("train", "tiny-image", "odd.npy")
    np.save("float.npy", np.zeros((30, 3, 8, 8), np.float32))
    assert "holds float32 from 0 to 0 and pixels" in refused("train", "tiny-image", "float.npy")
    assert "take a model of vectors" in refused("train", "tiny-image", "wine")
    assert "take a model of images" in refused("train", "baseline", "digits-images")
    assert "no preset 'huge': choose one of paper, tiny" in refused(*TRAIN[:3], "--preset", "huge")
    assert "bits is 6 and digits-images has 5" in refused(*TRAIN, "--bits", 6)
    assert "nowhere: put train-images-idx3-ubyte" in refused(
        "train", "tiny-image", "mnist", "--data-dir", "nowhere"
    )


def test_out_of_memory_is_told(refused, monkeypatch):
    def exhausted(*args, **options):
        raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")

    monkeypatch.setattr("surjax.runs.train.fit", exhausted)
    assert "try --batch-size 8, or --accumulate 2" in refused(*TRAIN, "--out", "run")


def test_out_of_memory_names_the_chunk(refused, run, monkeypatch):
    def exhausted(*args, **options):
        raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")

    for name in ("log_prob", "sample", "encode"):
        monkeypatch.setattr(f"surjax.flow._{name}", exhausted)
    for command in (
        ["evaluate", run],
        ["score", run, "digits-images", "--out", "s.csv"],
        ["sample", run, "--out", "s.npz"],
        ["reconstruct", run],
        ["interpolate", run],
    ):
        assert "5 examples at once do not fit, so take fewer" in refused(*command, "--chunk", 5)


def test_flags_of_commands_on_images(refused, run, toy_run):
    assert "-n is 0" in refused("reconstruct", run, "-n", 0)
    assert "steps is 1 and must be at least 2" in refused("interpolate", run, "--steps", 1)
    assert "has 20 rows, so 40 cannot be chosen" in refused("interpolate", run, "-n", 20)
    assert "ends in '.svg'" in refused("sample", run, "--out", "s.svg")
    assert "ends in '.jpg'" in refused("interpolate", run, "--out", "s.jpg")
    assert "whose density has no picture" in refused("density", run, "--out", "d.png")
    assert "chunk is 0 and must be at least 1" in refused("evaluate", run, "--chunk", 0)
    assert "chunk is 0 and" in refused("score", run, "digits-images", "--out", "s.csv", "--chunk", 0)
    for command in ("reconstruct", "interpolate"):
        assert "is a run of a table: give one of images" in refused(command, toy_run)
    assert "is a run of a table, which lies in no data_dir" in refused("evaluate", toy_run, "--data-dir", ".")


def test_import_makes_a_run(surjax, refused, monkeypatch):
    from surjax import interop

    flow = TinyImageModel().build(jax.random.key(0), (1, 8, 8), 4)
    imported = interop.Imported(TinyImageModel(), (1, 8, 8), 4, flow, ("3 numbers of nothing",))
    monkeypatch.setattr(interop, "read_survae", lambda path, settings: imported)
    argv = ["import", "survae", "check.pt", "--out", "run", "--data", "digits-images"]
    status, out, _ = surjax(*argv)
    assert status == 0
    assert "imported" in out
    assert "3 numbers of nothing" in out
    assert read_json(surjax("evaluate", "run", "--rows", 20, "--json")[1])["n"] == 20
    assert surjax("sample", "run", "--out", "s.png")[0] == 0
    assert "holds a run already" in refused(*argv)


def test_lists_name_images(surjax):
    models = {model["name"]: model for model in read_json(surjax("models", "--json")[1])["models"]}
    assert (models["tiny-image"]["of"], models["tiny-image"]["presets"]) == ("images", ["paper", "tiny"])
    assert models["baseline"]["of"] == "vectors"
    assert "3×32×32" in surjax("datasets")[1]
