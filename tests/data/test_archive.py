import io
import zipfile

import numpy as np
import pytest

from surjax.data import read_table
from surjax.data.archive import Archive, read_arrays
from surjax.errors import DataError


def member(shape, content: bytes, descr: str = "<f8") -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": descr, "fortran_order": False, "shape": shape})
    return file.getvalue() + content


def write(path, compression=zipfile.ZIP_DEFLATED, **members: bytes):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return path


def test_only_the_array_that_is_asked_for_is_decompressed(tmp_path, monkeypatch):
    x = np.arange(6.0).reshape(3, 2)
    np.savez_compressed(tmp_path / "x.npz", x=x, large=np.zeros((10**6,)))
    read = []
    whole = np.lib.format.read_array
    monkeypatch.setattr(np.lib.format, "read_array", lambda f, **k: read.append(f.name) or whole(f, **k))
    table = read_table(tmp_path / "x.npz", array="x")
    assert np.array_equal(table.values, x)
    assert read == ["x.npy"]
    assert Archive(tmp_path / "x.npz").told == "x (3, 2), large (1000000,)"


@pytest.mark.parametrize("shape", [(10**12, 3), (4, 3), (10**400, 3), (-1, 3)])
def test_a_header_that_claims_more_than_there_is_refused(tmp_path, shape):
    content = member(shape, bytes(8))
    (tmp_path / "x.npy").write_bytes(content)
    for path in (tmp_path / "x.npy", write(tmp_path / "x.npz", x=content)):
        with pytest.raises(DataError, match=r"cannot read .* damaged, cut short"):
            read_table(path)


def test_what_no_memory_holds_is_refused_before_it_is_decompressed(tmp_path, monkeypatch):
    path = write(tmp_path / "x.npz", x=member((10**6, 1), bytes(8 * 10**6)))
    assert path.stat().st_size < 20_000
    monkeypatch.setattr("surjax.data.archive.free_host_memory", lambda: 10**6)
    with pytest.raises(DataError, match="for which there is no memory"):
        read_table(path)


def test_lzma_is_read_and_damaged_lzma_refused(tmp_path):
    x = np.random.default_rng(0).normal(size=(100, 2))
    path = write(tmp_path / "x.npz", zipfile.ZIP_LZMA, x=member(x.shape, x.tobytes()))
    assert np.array_equal(read_table(path, dtype=np.float64).values, x)
    content = bytearray(path.read_bytes())
    content[60:90] = bytes(30)
    path.write_bytes(content)
    with pytest.raises(DataError, match="cannot read"):
        read_table(path)


def test_an_encrypted_archive_is_told(tmp_path):
    path = write(tmp_path / "x.npz", x=member((2, 2), bytes(32)))
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.rfind(b"PK\1\2") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match="is encrypted: save it without a password"):
        read_arrays(path)


def test_pickled_objects_are_refused(tmp_path):
    path = write(tmp_path / "x.npz", x=member((1, 1), bytes(8), "|O"))
    with pytest.raises(DataError, match="never loaded"):
        read_table(path)
