"""CIFAR-10 as published, of four images a file, and its download from a server on this machine."""

import hashlib
import http.server
import tarfile
import threading

import numpy as np
import pytest

from surjax.data.images import cifar10, load_images
from surjax.errors import DataError

N = 4


@pytest.fixture
def files(tmp_path, monkeypatch):
    """The folder with the files; their checksums are taken for the published ones."""
    folder = tmp_path / "published" / cifar10.FOLDER
    folder.mkdir(parents=True)
    random, md5 = np.random.default_rng(0), {}
    for name in cifar10.MD5:
        content = random.integers(0, 256, (N, 3073), np.uint8)
        content[:, 0] %= 10
        (folder / name).write_bytes(content.tobytes())
        md5[name] = hashlib.md5(content.tobytes()).hexdigest()
    monkeypatch.setattr(cifar10, "MD5", md5)
    monkeypatch.setattr(cifar10, "IMAGES_A_FILE", N)
    return folder


@pytest.fixture
def archive(files, monkeypatch):
    """The published archive, with a file beside that nobody asked for."""
    path = files.parent / "cifar-10-binary.tar.gz"
    (files / "readme.html").write_text("more")
    with tarfile.open(path, "w:gz") as tar:
        tar.add(files, arcname=cifar10.FOLDER)
    monkeypatch.setattr(cifar10, "ARCHIVE_MD5", hashlib.md5(path.read_bytes()).hexdigest())
    return path


@pytest.fixture
def server(archive, monkeypatch):
    """A server on this machine that stands for the authors' site; `.served` counts what it gave."""

    class Handler(http.server.BaseHTTPRequestHandler):
        content = archive.read_bytes()

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(archive.read_bytes())))
            self.end_headers()
            self.wfile.write(self.content)
            server.served += 1  # type: ignore

        def log_message(self, *args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    server.served = 0  # type: ignore
    server.handler = Handler  # type: ignore
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(cifar10, "URL", f"http://127.0.0.1:{server.server_port}/{archive.name}")
    yield server
    server.shutdown()
    server.server_close()


def test_both_parts(files):
    train, test = load_images("cifar10", data_dir=files.parent)
    assert test is not None
    assert (train.values.shape, test.values.shape) == ((5 * N, 3, 32, 32), (N, 3, 32, 32))
    record = np.frombuffer((files / "data_batch_2.bin").read_bytes(), np.uint8)[:3073]
    assert train.labels is not None
    assert train.labels[N] == record[0]
    assert np.array_equal(train.values[N, 1].ravel(), record[1025:2049])  # green
    assert train.classes[3] == "cat"
    inside, _ = load_images("cifar10", data_dir=files)  # the folder itself will do
    assert inside.fingerprint == train.fingerprint


def test_files_that_are_not_the_published_ones(files):
    path = files / "data_batch_3.bin"
    good = path.read_bytes()
    path.write_bytes(good[:-100])
    with pytest.raises(
        DataError, match=r"data_batch_3.bin has 12,192 bytes and the published file has 12,292"
    ):
        load_images("cifar10", data_dir=files.parent)
    path.write_bytes(b"\x01" + good[1:-1] + bytes([good[-1] ^ 1]))
    with pytest.raises(DataError, match=r"data_batch_3.bin has MD5 .* so it is damaged or another file"):
        load_images("cifar10", data_dir=files.parent)
    path.unlink()
    with pytest.raises(DataError, match=r"lacks data_batch_3.bin of CIFAR-10"):
        load_images("cifar10", data_dir=files.parent)


def test_it_is_fetched_once(server, files, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    here = tmp_path / "cache" / "surjax"
    fetched, _ = load_images("cifar10")
    assert fetched.fingerprint == load_images("cifar10", data_dir=files.parent)[0].fingerprint
    assert [path.name for path in here.iterdir()] == [cifar10.FOLDER]
    assert sorted(path.name for path in (here / cifar10.FOLDER).iterdir()) == sorted(cifar10.MD5)
    load_images("cifar10")
    assert server.served == 1


def test_an_archive_that_was_put_there_by_hand(archive, tmp_path, monkeypatch):
    monkeypatch.setattr(cifar10, "URL", "http://127.0.0.1:9/cifar-10-binary.tar.gz")
    here = tmp_path / "here"
    here.mkdir()
    (here / archive.name).write_bytes(archive.read_bytes())
    assert len(load_images("cifar10", data_dir=here)[0]) == 5 * N
    other = tmp_path / "other"
    other.mkdir()
    (other / archive.name).write_bytes(archive.read_bytes()[:-9])
    with pytest.raises(DataError, match=r"cifar-10-binary.tar.gz has MD5"):
        load_images("cifar10", data_dir=other)


def test_a_download_that_is_damaged_leaves_nothing(server, tmp_path):
    for content in (server.handler.content[:-5], b"\0" + server.handler.content[1:]):
        server.handler.content = content
        with pytest.raises(DataError, match=r"cut short or changed on the way: try again|cannot be reached"):
            load_images("cifar10", data_dir=tmp_path / "here")
        assert list((tmp_path / "here").iterdir()) == []


def test_offline(tmp_path, monkeypatch):
    monkeypatch.setattr(cifar10, "URL", "http://127.0.0.1:9/cifar-10-binary.tar.gz")
    with pytest.raises(DataError) as error:
        load_images("cifar10", data_dir=tmp_path)
    assert f"cifar10 is not in {tmp_path} and http://127.0.0.1:9/cifar-10-binary.tar.gz" in str(error.value)
    assert "fetch cifar-10-binary.tar.gz and put it into that folder, or" in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_without_a_file(archive, tmp_path, monkeypatch):
    monkeypatch.setattr(cifar10, "MD5", cifar10.MD5 | {"data_batch_6.bin": "0"})
    here = tmp_path / "here"
    here.mkdir()
    (here / archive.name).write_bytes(archive.read_bytes())
    with pytest.raises(DataError, match=r"cannot unpack .*data_batch_6"):
        load_images("cifar10", data_dir=here)
    assert [path.name for path in here.iterdir()] == [archive.name]
