import dataclasses

import jax
import numpy as np
import pytest

from surjax.data import ImageConfig, ImageForm, TableConfig, load_images, load_splits
from surjax.errors import ConfigError, DataError, RunError, SurjaxError
from surjax.evaluate.sampling import sample_images
from surjax.interop import Imported
from surjax.models import Baseline
from surjax.parameters import count_parameters
from surjax.runs import Run, RunSettings, train_run
from surjax.runs.imported import write_imported
from surjax.train import TrainConfig
from surjax.train.fitting_batch import step_bytes
from tiny_image_model import TinyImageModel

pytestmark = pytest.mark.usefixtures("tiny_models")

SETTINGS = RunSettings(
    TinyImageModel(),
    "digits-images",
    ImageConfig(rows=100, bits=4),
    TrainConfig(steps=6, eval_every=3, batch_size=8),
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Run:
    return train_run(SETTINGS, tmp_path_factory.mktemp("images") / "run")


@pytest.fixture
def arrays(tmp_path):
    """Images of another size, with their path."""
    path = tmp_path / "a.npy"
    np.save(path, np.random.default_rng(0).integers(0, 256, (40, 3, 8, 8), np.uint8))
    return path


def test_settings_survive_json():
    config = ImageConfig(bits=5, downsample=2, pad=8, channels="last", data_dir="/sets", test_rows=5)
    settings = dataclasses.replace(SETTINGS, data=config, preset="tiny")
    assert RunSettings.from_json(settings.to_json()) == settings


def test_parts_of_a_set_without_a_test_part():
    splits = load_splits("digits-images", ImageConfig(rows=100, downsample=2, pad=6, bits=3))
    assert splits.form == ImageForm((1, 6, 6), 3)
    assert [len(splits.part(name)) for name in ("train", "validation", "test")] == [80, 10, 10]
    again = load_splits("digits-images", ImageConfig(rows=100, downsample=2, pad=6, bits=3))
    assert again.part("test").fingerprint == splits.part("test").fingerprint


def test_a_published_test_part_stays_whole(monkeypatch):
    digits, _ = load_images("digits-images")
    parts = digits.take(np.arange(100)), digits.take(np.arange(100, 130))
    monkeypatch.setattr("surjax.data.images.config.load_images", lambda *args, **options: parts)
    splits = load_splits("published", ImageConfig(validation_fraction=0.2))
    assert [len(splits.part(name)) for name in ("train", "validation", "test")] == [80, 20, 30]
    assert splits.part("test").fingerprint == parts[1].fingerprint
    assert load_splits("published", ImageConfig(rows=50)).train.values.shape[0] == 45
    assert load_splits("published", ImageConfig(test_fraction=0)).test is None


def test_images_and_tables_are_not_mistaken(tmp_path):
    with pytest.raises(ConfigError, match="digits-images holds images and not a table"):
        load_splits("digits-images", TableConfig())
    with pytest.raises(ConfigError, match="wine holds a table and not images"):
        train_run(dataclasses.replace(SETTINGS, source="wine"), tmp_path / "run")
    assert not (tmp_path / "run").exists()
    with pytest.raises(ConfigError, match="the number of test_rows must be 1 or more"):
        ImageConfig(test_rows=0)


def test_a_run_comes_back_from_its_folder(whole):
    run = Run.open(whole.folder)
    assert run.record == whole.record
    assert run.record.form == ImageForm((1, 8, 8), 4)
    assert run.record.form.discrete
    test = run.record.result.test
    assert test["n"] == 10
    assert test["bits_per_dim"] == pytest.approx(test["nll_nats"] / (64 * np.log(2)))
    for picture in ("samples.png", "curve.png"):
        assert (run.folder / picture).read_bytes().startswith(b"\x89PNG")
    assert run.flow().shape == (1, 8, 8)
    assert run.splits().part("test").fingerprint == test["fingerprint"]


def test_a_run_that_was_stopped_goes_on_to_the_same_bits(whole, tmp_path):
    def stop(progress):
        if progress.step == 3:
            raise KeyboardInterrupt

    run = train_run(SETTINGS, tmp_path / "run", on_progress=stop)
    assert run.record.status == "interrupted"
    again = train_run(SETTINGS, tmp_path / "run", resume=True)
    ours, theirs = (jax.tree.leaves(r.flow()) for r in (again, whole))
    assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))
    other = dataclasses.replace(SETTINGS, data=ImageConfig(rows=100, bits=3))
    with pytest.raises(RunError, match=r"bits 4 \(now 3\)"):
        train_run(other, tmp_path / "run", resume=True)


def test_other_images_are_read_as_the_models(whole, tmp_path, arrays):
    assert len(whole.load("digits-images")) == 1797
    assert whole.load("digits-images").form == whole.record.form
    with pytest.raises(DataError, match="the length 1 of the channels: give grey images"):
        whole.load(str(arrays))
    with pytest.raises(ConfigError, match="images have no columns"):
        whole.load("digits-images", columns=("a",))


def test_changed_images_are_noticed(arrays, tmp_path):
    settings = dataclasses.replace(SETTINGS, source=str(arrays), data=ImageConfig())
    run = train_run(settings, tmp_path / "run")
    values = np.load(arrays)
    np.save(arrays, 255 - values)
    with pytest.raises(RunError, match="no longer those that the run was trained on"):
        run.splits()
    np.save(arrays, values[..., :6])
    with pytest.raises(RunError, match="of another form"):
        run.splits()


def test_only_published_sets_lie_in_a_data_dir(whole, tmp_path):
    moved = whole.at(tmp_path).record.settings
    assert moved.data == dataclasses.replace(SETTINGS.data, data_dir=str(tmp_path))
    moved.require_same(SETTINGS)
    table = RunSettings(Baseline(), "wine", TableConfig(), TrainConfig())
    run = Run(tmp_path, dataclasses.replace(whole.record, settings=table))
    with pytest.raises(ConfigError, match="is a run of a table"):
        run.at(tmp_path)
    assert run.at(None) is run


def test_samples_come_in_blocks(whole, monkeypatch):
    flow, form, told = whole.flow(), whole.record.form, []
    few = sample_images(flow, form, 3, seed=1).images
    monkeypatch.setattr("surjax.evaluate.sampling._BLOCK", 3)
    many = sample_images(flow, form, 7, seed=1, on_progress=lambda *progress: told.append(progress)).images
    assert (many.shape, many.dtype) == ((7, 1, 8, 8), np.uint8)
    assert np.array_equal(many[:3], few)
    assert not np.array_equal(many[3:6], few)
    monkeypatch.setattr("surjax.evaluate.sampling._BLOCK", 1024)
    assert np.array_equal(sample_images(flow, form, 7, seed=1).images, many)
    assert told == [(3, 7), (6, 7), (7, 7)]


def run_out(monkeypatch, folder, available, **changes) -> str:
    """What is said of a training that runs out of so many bytes."""

    def exhausted(*args, **options):
        raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 99999999999 bytes")

    monkeypatch.setattr("surjax.runs.train.fit", exhausted)
    monkeypatch.setattr("surjax.runs.memory_advice.available_memory", lambda: available)
    settings = dataclasses.replace(
        SETTINGS, training=dataclasses.replace(SETTINGS.training, batch_size=64, **changes)
    )
    with pytest.raises(SurjaxError) as error:
        train_run(settings, folder)
    assert not folder.exists()
    return str(error.value)


def test_running_out_of_memory_tells_what_fits(tmp_path, monkeypatch):
    flow = TinyImageModel().build(jax.random.key(0), (1, 8, 8), 4)
    for fits in (32, 8):
        held = 90 * 64 + 4 * count_parameters(flow) * 4  # the images; parameters, best and two moments
        available = (held + 500 + step_bytes(flow, np.uint8, fits)) / 0.9
        said = run_out(monkeypatch, tmp_path / "run", available)
        assert f"--batch-size {fits}," in said
        assert f"--accumulate {64 // fits}, which lets" in said
    assert "batch_size 64 and accumulate 1 on examples of 1×8×8 takes about" in said
    said = run_out(monkeypatch, tmp_path / "run", 1000)
    assert "not even one example at once fits, so try --remat" in said
    assert "--batch-size" not in said


def test_running_out_of_memory_is_told_where_nothing_can_be_measured(tmp_path, monkeypatch):
    monkeypatch.setattr("surjax.runs.memory_advice.fitting_batch", None)
    said = run_out(monkeypatch, tmp_path / "run", 0)
    for advice in ("batch_size 64", "1×8×8", "--batch-size 32", "--accumulate 2", "--remat"):
        assert advice in said


def test_an_imported_model_is_a_run(tmp_path):
    flow = TinyImageModel().build(jax.random.key(0), (1, 8, 8), 4)
    imported = Imported(TinyImageModel(), (1, 8, 8), 4, flow)
    write_imported(tmp_path / "run", imported, "digits-images")
    run = Run.open(tmp_path / "run")
    assert run.record.status == "finished"
    assert run.flow().shape == (1, 8, 8)
    assert run.splits().form == ImageForm((1, 8, 8), 4)
    with pytest.raises(RunError, match="holds a run already"):
        write_imported(tmp_path / "run", imported)
    with pytest.raises(RunError, match="a model that was imported"):
        train_run(run.record.settings, tmp_path / "run", resume=True)
