import numpy as np
import pytest

from surjax.data.images import load_images
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
