import numpy as np
import pytest

from surjax.data import ImageConfig, TableConfig, lazy, load, load_splits, toy_table
from surjax.data.lazy import LazyRows
from surjax.errors import ConfigError, DataError


def test_a_toy_density_is_tested_on_fresh_points():
    splits = load_splits("rings", TableConfig(rows=200, validation_fraction=0.25, split_seed=3))
    assert splits.validation is not None
    assert splits.test is not None
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (150, 50, 200)
    assert np.array_equal(splits.test.values, toy_table("rings", 200, 3, part="test").values)
    drawn = toy_table("rings", 200, 3).values
    seen = np.concatenate([splits.train.values, splits.validation.values])
    assert sorted(map(tuple, seen.tolist())) == sorted(map(tuple, drawn.tolist()))
    assert splits.train.toy is splits.test.toy is not None


def test_the_parts_of_a_table_are_all_of_it():
    splits = load_splits("wine", TableConfig(validation_fraction=0.2, test_fraction=0.3))
    parts = [splits.part(name).values for name in ("train", "validation", "test")]
    assert [len(part) for part in parts] == [89, 36, 53]
    together = sorted(map(tuple, np.concatenate(parts).tolist()))
    assert together == sorted(map(tuple, load("wine").values.tolist()))


def test_the_same_settings_give_the_same_parts():
    one, two, other = (load_splits("iris", TableConfig(split_seed=seed)) for seed in (0, 0, 1))
    assert one.train.fingerprint == two.train.fingerprint != other.train.fingerprint
    assert one.fingerprint == two.fingerprint == other.fingerprint


def test_parts_can_be_left_out():
    splits = load_splits("iris", TableConfig(validation_fraction=0, test_fraction=0))
    assert (len(splits.train), splits.validation, splits.test) == (150, None, None)
    with pytest.raises(DataError, match="no validation part"):
        splits.part("validation")
    with pytest.raises(DataError, match="no test part"):
        splits.part("test")


def test_columns_and_kinds_are_chosen():
    config = TableConfig(columns=("age", "bmi"), kinds=("age=categorical",), rows=300)
    splits = load_splits("diabetes", config)
    assert [(column.name, column.kind) for column in splits.form.columns] == [
        ("age", "categorical"),
        ("bmi", "numeric"),
    ]
    assert len(splits.train) == 240
    for entry in ("age", "age=", "=numeric", "age=color"):
        with pytest.raises(ConfigError, match="write column=kind"):
            load_splits("diabetes", TableConfig(kinds=(entry,)))


def test_images_that_are_too_large_for_the_memory_are_divided_without_reading_them(tmp_path, monkeypatch):
    images = np.random.default_rng(0).integers(0, 256, (100, 8, 8, 3), np.uint8)
    np.save(tmp_path / "a.npy", images)
    config = ImageConfig(downsample=2, bits=5)
    whole = load_splits(str(tmp_path / "a.npy"), config)
    monkeypatch.setattr(lazy, "IN_MEMORY_BYTES", 20 * 4 * 4 * 3)
    splits = load_splits(str(tmp_path / "a.npy"), config)
    kinds = [type(splits.part(name).values) for name in ("train", "validation", "test")]
    assert kinds == [LazyRows, np.ndarray, np.ndarray]
    assert splits.fingerprint == whole.fingerprint
    for name in ("train", "validation", "test"):
        assert splits.part(name).fingerprint == whole.part(name).fingerprint


def test_float64():
    assert load_splits("wine", TableConfig(), np.float64).train.values.dtype == np.float64


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"validation_fraction": -0.1}, "validation_fraction is -0.1"),
        ({"test_fraction": 1.0}, "test_fraction is 1.0"),
        ({"validation_fraction": 0.5, "test_fraction": 0.5}, "add up to 1 "),
        ({"split_seed": -2}, "split_seed is -2"),
    ],
)
def test_settings_out_of_range(settings, sentence):
    with pytest.raises(ConfigError, match=sentence):
        TableConfig(**settings)
