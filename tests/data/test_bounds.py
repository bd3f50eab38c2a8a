"""Bounds of columns, given or fitted."""

import numpy as np
import pytest

from surjax.data import Table, TableConfig, load
from surjax.data.bounds import with_bounds
from surjax.errors import ConfigError, DataError

TABLE = Table.from_array(np.array([[0.25, 3.5], [0.75, 8.25]]), "shares", kinds=None)


def bounds(*entries):
    return [(column.low, column.high) for column in with_bounds(TABLE, entries).schema]


def test_bounds_are_given_or_fitted():
    assert bounds("none") == bounds() == [(None, None)] * 2
    assert bounds("data") == [(0.25, 0.75), (3.5, 8.25)]
    assert bounds("x0:0:1") == [(0.0, 1.0), (None, None)]
    assert bounds("x0::1", "x1:0:") == [(None, 1.0), (0.0, None)]
    assert bounds("data", "x0:0:1") == [(0.0, 1.0), (3.5, 8.25)]
    assert bounds("data", "x0::") == [(None, None), (3.5, 8.25)]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("x0", "does not say the bounds"),
        ("x0:1", "does not say the bounds"),
        ("x0:a:b", "does not say the bounds"),
        ("x2:0:1", "no column 'x2'"),
        ("x0:1:0", "leaves no room"),
        ("x0:0:inf", "leaves no room"),
    ],
)
def test_other_entries_are_refused(entry, message):
    with pytest.raises(ConfigError, match=message):
        bounds(entry)


def test_a_value_beyond_its_bound_is_refused_before_a_training():
    with pytest.raises(DataError, match=r"'x1' of shares has 8\.25 in row 2, beyond its bound 5\.0"):
        bounds("x1::5")


def test_bounds_are_a_setting_of_tables_and_not_of_toy_densities():
    table, _ = TableConfig(columns=("alcohol",), bounds=("alcohol:0:100",)).load("wine", np.float32)
    assert (table.schema[0].low, table.schema[0].high) == (0.0, 100.0)
    again, _ = TableConfig(columns=("alcohol",)).load("wine", np.float32, table.form)
    assert again.schema == table.schema
    with pytest.raises(ConfigError, match="two_moons is a toy density"):
        with_bounds(load("two_moons", n=5), ["data"])
    with pytest.raises(ConfigError, match="categorical"):
        with_bounds(load("wine", columns=["target"]), ["target:0:1"])
