import numpy as np
import pytest

from surjax.data import fingerprint, lazy
from surjax.data.lazy import LazyRows

VALUES = np.random.default_rng(0).integers(0, 256, (9, 2, 3), np.uint8)


class Reader:
    """Reads rows of VALUES, and notes which."""

    def __init__(self):
        self.read = []

    def __call__(self, rows):
        self.read.append(rows.tolist())
        return VALUES[rows]

    def array(self):
        return LazyRows(self, VALUES.shape, VALUES.dtype)


def test_only_the_rows_that_are_asked_for_are_read():
    reader = Reader()
    some = reader.array().take(np.array([8, 3, 5])).take(np.array([2, 0, 1])).map(lambda x: x[:, :1] // 2)
    assert reader.read == []
    assert (len(some), some.shape, some.dtype, some.nbytes) == (3, (3, 1, 3), np.uint8, 9)
    assert np.array_equal(some[1:], VALUES[[8, 3], :1] // 2)
    assert reader.read == [[8, 3]]
    assert np.array_equal(some[2], VALUES[3, :1] // 2)
    assert np.array_equal(some[np.array([1, 1], np.uint32)], VALUES[[8, 8], :1] // 2)


def test_a_whole_array_is_read_part_by_part(monkeypatch):
    monkeypatch.setattr(lazy, "_CHUNK_BYTES", 4 * 6)
    reader = Reader()
    assert np.array_equal(np.asarray(reader.array()), VALUES)
    assert [len(rows) for rows in reader.read] == [4, 4, 1]
    assert np.asarray(reader.array(), np.float32).dtype == np.float32


@pytest.mark.parametrize("chunk", [1, 13, 1 << 20])
def test_the_fingerprint_is_that_of_the_array_in_memory(monkeypatch, chunk):
    monkeypatch.setattr(lazy, "_CHUNK_BYTES", chunk)
    assert fingerprint(Reader().array()) == fingerprint(VALUES) == "b47b9322f5ac"
    assert fingerprint(VALUES.astype(">f4")) == fingerprint(VALUES.astype("<f4")) != fingerprint(VALUES)
    assert fingerprint(VALUES[::2].T) != fingerprint(VALUES[::2])
