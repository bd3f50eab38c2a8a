import gzip
import hashlib

import numpy as np
import pytest

from surjax.data.images import load_images, mnist
from surjax.data.images.mnist import read_idx
from surjax.errors import DataError


def idx(array: np.ndarray) -> bytes:
    header = b"\0\0\x08" + bytes([array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return header + array.tobytes()


@pytest.fixture
def files(tmp_path, monkeypatch):
    random, md5 = np.random.default_rng(0), {}
    for name in mnist.MD5:
        shape = (6, 28, 28) if "images" in name else (6,)
        content = idx(random.integers(0, 10, shape, np.uint8))
        (tmp_path / name).write_bytes(content)
        md5[name] = hashlib.md5(content).hexdigest()
    monkeypatch.setattr(mnist, "MD5", md5)
    return tmp_path


@pytest.mark.parametrize("folder", ["mnist", "MNIST/raw", "."])
def test_plain_or_compressed(files, folder, tmp_path_factory):
    here = tmp_path_factory.mktemp("data")
    (here / folder).mkdir(parents=True, exist_ok=True)
    for name in mnist.MD5:
        (here / folder / f"{name}.gz").write_bytes(gzip.compress((files / name).read_bytes()))
    plain, packed = (load_images("mnist", data_dir=place) for place in (files, here))
    assert plain[0].values.shape == (6, 1, 28, 28)
    assert [part.fingerprint for part in plain] == [part.fingerprint for part in packed]  # type: ignore
    assert np.array_equal(plain[0].labels, packed[0].labels)  # type: ignore


def test_files_that_are_not_whole(files):
    path = files / "t10k-images-idx3-ubyte"
    good = path.read_bytes()
    for content in (good[:-1], good + b"\0", b"\x1f\x8b" + good, b"", b"\0\0\x08\x03\0"):
        path.write_bytes(content)
        with pytest.raises(DataError, match="is no whole IDX file of bytes"):
            load_images("mnist", data_dir=files)
    path.write_bytes(good[:-1] + b"\xff")
    with pytest.raises(DataError, match="has MD5"):
        load_images("mnist", data_dir=files)
    path.unlink()
    with pytest.raises(DataError, match="lacks t10k-images-idx3-ubyte of MNIST"):
        load_images("mnist", data_dir=files)


def test_an_archive_cut_short(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(idx(np.zeros((5, 5), np.uint8)))[:-6])
    with pytest.raises(DataError, match="cannot unpack"):
        read_idx(path)


def test_it_is_not_there(tmp_path):
    with pytest.raises(DataError, match=r"mnist is not in .* put train-images-idx3-ubyte"):
        load_images("mnist", data_dir=tmp_path)
