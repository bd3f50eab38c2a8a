"""Samples of whole numbers: kept within what was seen, and never another number by the width of a type."""

import numpy as np
import pytest

from surjax.data import Column, to_frame
from surjax.data.whole_numbers import within_range
from surjax.errors import DataError

SCHEMA = (Column("count", "integer", minimum=0, maximum=9, shift=4), Column("size", "numeric"))


def test_samples_are_kept_in_the_range_of_the_data_and_counted():
    drawn = np.array([[-273.0, -5.0], [9.4, 99.0], [9.6, 0.5], [np.inf, 1.0]])
    kept, moved = within_range(drawn, SCHEMA)
    assert kept.tolist() == [[0, -5], [9, 99], [9, 0.5], [9, 1]]
    assert moved == 3
    assert drawn[0, 0] == -273  # the samples themselves are as they were


def test_a_number_that_is_none_stays_none():
    kept, moved = within_range(np.array([[np.nan, 0.0]]), SCHEMA)
    assert np.isnan(kept[0, 0])
    assert moved == 0


def test_runs_of_older_versions_give_the_samples_that_they_gave():
    drawn = np.array([[-1.0], [12.0]])
    kept, moved = within_range(drawn, (Column("count", "integer", minimum=0, maximum=9),))
    assert kept.tolist() == drawn.tolist()
    assert moved == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("number", [1e19, -1e19, 2.0**63])
def test_a_number_beyond_64_bits_is_told(number, dtype):
    with pytest.raises(DataError, match="no integer of 64 bits"):
        to_frame(np.array([[3, 0], [number, 0]], dtype), SCHEMA)
