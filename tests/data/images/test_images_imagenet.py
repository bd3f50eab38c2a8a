import numpy as np
import pytest

from surjax.data import lazy
from surjax.data.images import load_images
from surjax.data.lazy import LazyRows
from surjax.errors import DataError


def write(path, n, side, seed, dtype=np.uint8):
    random = np.random.default_rng(seed)
    data = random.integers(0, 256, (n, 3 * side**2)).astype(dtype)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, data=data, labels=random.integers(1, 1001, n), mean=data.mean(0))
    return data


@pytest.mark.parametrize(
    ("side", "folders"), [(32, ("Imagenet32_train_npz", "Imagenet32_val_npz")), (64, (".", "."))]
)
def test_the_published_files(tmp_path, side, folders):
    train_folder, test_folder = (tmp_path / folder for folder in folders)
    parts = [write(train_folder / f"train_data_batch_{i}.npz", 2, side, i) for i in (1, 2, 10)]
    held_out = write(test_folder / "val_data.npz", 3, side, 0)
    train, test = load_images(f"imagenet{side}", data_dir=tmp_path)
    assert test is not None
    assert np.array_equal(train.values.reshape(6, -1), np.concatenate(parts))  # 10 comes after 2
    assert np.array_equal(test.values, held_out.reshape(3, 3, side, side))
    assert train.labels is not None
    assert 0 <= train.labels.min() <= train.labels.max() < 1000


def test_what_is_too_large_for_the_memory_is_unpacked_once(tmp_path, monkeypatch):
    monkeypatch.setattr(lazy, "IN_MEMORY_BYTES", 3 * 3 * 32**2)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    parts = [write(tmp_path / f"train_data_batch_{i}.npz", 2, 32, i) for i in (1, 2)]
    write(tmp_path / "val_data.npz", 3, 32, 0)
    train, test = load_images("imagenet32", data_dir=tmp_path)
    assert test is not None
    assert isinstance(train.values, LazyRows)
    assert isinstance(test.values, np.ndarray)
    assert np.array_equal(np.asarray(train.values).reshape(4, -1), np.concatenate(parts))
    (unpacked,) = (tmp_path / "cache" / "surjax" / "unpacked").iterdir()
    written = unpacked.stat().st_mtime_ns
    load_images("imagenet32", data_dir=tmp_path)
    assert unpacked.stat().st_mtime_ns == written
    parts[1] = write(tmp_path / "train_data_batch_2.npz", 2, 32, 7)  # another file is not taken for it
    train, _ = load_images("imagenet32", data_dir=tmp_path)
    assert np.array_equal(np.asarray(train.values).reshape(4, -1), np.concatenate(parts))
    for path in unpacked.parent.iterdir():
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match=r"cannot read .*; delete it, it will be written anew"):
        load_images("imagenet32", data_dir=tmp_path)


def test_a_file_that_is_damaged_leaves_nothing_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(lazy, "IN_MEMORY_BYTES", 0)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write(tmp_path / "train_data_batch_1.npz", 2, 32, 0)
    write(tmp_path / "val_data.npz", 2, 32, 0)
    np.savez(tmp_path / "train_data_batch_2.npz", data=np.zeros((3, 3072), np.uint8), labels=np.ones(2))
    with pytest.raises(DataError, match="the files hold 5 images and 4 labels"):
        load_images("imagenet32", data_dir=tmp_path)
    assert list((tmp_path / "cache" / "surjax" / "unpacked").iterdir()) == []


def test_mistakes(tmp_path):
    with pytest.raises(DataError, match=r"imagenet32 is not in .*: train_data_batch_\*.npz is missing"):
        load_images("imagenet32", data_dir=tmp_path)
    write(tmp_path / "train_data_batch_1.npz", 2, 32, 0)
    with pytest.raises(DataError, match=r"val_data.npz is missing"):
        load_images("imagenet32", data_dir=tmp_path)
    write(tmp_path / "val_data.npz", 2, 64, 0)
    with pytest.raises(DataError, match=r"val_data.npz holds uint8 of shape \(2, 12288\)"):
        load_images("imagenet32", data_dir=tmp_path)
    (tmp_path / "val_data.npz").write_bytes((tmp_path / "train_data_batch_1.npz").read_bytes()[:-50])
    with pytest.raises(DataError, match="cannot read"):
        load_images("imagenet32", data_dir=tmp_path)
