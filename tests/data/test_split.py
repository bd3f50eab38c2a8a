import numpy as np
import pytest

from surjax.data import fingerprint, split
from surjax.errors import ConfigError, DataError


@pytest.mark.parametrize("n", [10, 101, 1000])
def test_every_row_once(n):
    parts = split(n, (0.8, 0.1, 0.1), seed=3)
    assert sorted(np.concatenate(parts).tolist()) == list(range(n))
    for part, fraction in zip(parts, (0.8, 0.1, 0.1), strict=True):
        assert abs(len(part) - n * fraction) < 1


def test_depends_on_the_seed_alone():
    first, again, other = (split(100, (0.5, 0.5), seed)[0] for seed in (0, 0, 1))
    assert (first == again).all()
    assert not np.array_equal(first, other)


def test_rows_are_chosen_evenly():
    counts = np.zeros(10)
    for seed in range(1000):
        counts[split(10, (0.3,), seed)[0]] += 1
    assert np.abs(counts - 300).max() < 5 * np.sqrt(1000 * 0.3 * 0.7)


def test_the_stream_does_not_change_between_versions():
    assert fingerprint(np.concatenate(split(1000, (0.7, 0.3), seed=7))) == "e0e984a7b497"


def test_a_share_of_nothing_is_empty():
    train, validation = split(5, (1.0, 0.0))
    assert len(train) == 5
    assert len(validation) == 0


@pytest.mark.parametrize("fractions", [(0.8, 0.3), (-0.1, 0.5), (np.nan, 0.5)])
def test_fractions_out_of_range(fractions):
    with pytest.raises(ConfigError, match="add up to at most 1"):
        split(10, fractions)


def test_negative_seed():
    with pytest.raises(ConfigError, match="seed"):
        split(10, (1.0,), seed=-1)


def test_too_few_rows():
    with pytest.raises(DataError, match="2 rows are too few"):
        split(2, (0.8, 0.1, 0.1))


def test_fingerprint_tells_arrays_apart():
    x = np.arange(6.0)
    others = [x.astype(np.float32), x.reshape(2, 3), x[::-1], x + 1]
    assert len({fingerprint(a) for a in [x, *others]}) == 5
    assert fingerprint(np.arange(12.0)[::2] / 2) == fingerprint(x)
    assert fingerprint(x.astype(">f8")) == fingerprint(x)
