"""Rows of a file to be scored that hold what the model cannot take."""

import numpy as np
import pandas as pd
import pytest

from surjax.data import Column, Table, read_table
from surjax.errors import DataError

SCHEMA = (
    Column("a", "numeric"),
    Column("half", "numeric", step=0.5),
    Column("n", "integer", minimum=0, maximum=5),
    Column("c", "categorical", ("x", "y")),
)

GOOD = "0.5,1.5,2,x"
BAD = {
    ",1.5,2,x": "1 missing or infinite value, the first in row 2 of column 'a'",
    "0.5,1.5,2,": "1 missing or infinite value, the first in row 2 of column 'c'",
    "?,1.5,2,x": "column 'a' of .* has '\\?' in row 2, which seems to mark a missing value",
    "0.5,1.3,2,x": "has 1.3 in row 2, and in the training data all values lay 0.5 apart",
    "0.5,1.5,2.5,x": "column 'n' of .* should hold integers but has 2.5 in row 2",
    "0.5,1.5,1e300,x": "column 'n' of .* beyond",
    "0.5,1.5,2,z": "column 'c' of .* has 'z' in row 2, which is none of the categories",
}


@pytest.mark.parametrize("row", BAD)
def test_one_row_costs_no_other_its_score(tmp_path, row):
    path = tmp_path / "new.csv"
    path.write_text(f"a,half,n,c\n{GOOD}\n{row}\n{GOOD}\n")
    with pytest.warns(UserWarning, match=f"1 of 3 rows cannot be scored and gets NaN: .*{BAD[row]}"):
        table = read_table(path, schema=SCHEMA, strict=False)
    assert table.usable.tolist() == [True, False, True]
    assert np.isnan(table.values[1]).all()
    assert table.values[[0, 2]].tolist() == [[0.5, 1.5, 2, 0]] * 2
    with pytest.raises(DataError, match=BAD[row]):
        read_table(path, schema=SCHEMA)


def test_rows_are_counted_once_and_the_first_fault_is_told():
    frame = pd.DataFrame({"a": [1.0, None, 2.0], "c": ["z", None, "y"]})
    with pytest.warns(UserWarning, match=r"2 of 3 rows cannot be scored and get NaN: .*row 2 of column 'a'"):
        table = Table.from_frame(frame, schema=(SCHEMA[0], SCHEMA[3]), strict=False)
    assert table.usable.tolist() == [False, False, True]


def test_a_file_without_any_usable_row_is_refused():
    frame = pd.DataFrame({"c": ["z", "z"]})
    with pytest.raises(
        DataError, match=r"none of the 2 rows of the table can be scored: column 'c'.*; correct"
    ):
        Table.from_frame(frame, schema=(SCHEMA[3],), strict=False)


def test_what_a_model_is_trained_on_has_no_such_rows():
    with pytest.raises(DataError, match="1 missing"):
        Table.from_frame(pd.DataFrame({"a": [1.0, None, 2.0]}), strict=False)
