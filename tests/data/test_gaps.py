"""Tables with missing cells: refused by default, and read as gaps where they are modelled."""

import datetime

import numpy as np
import pandas as pd
import pytest

from surjax.data import Table, TableConfig, TableForm, load_splits, read_table
from surjax.errors import DataError

TEXT = """a,n,c,day,b,q
1.5,1,red,2024-01-31,TRUE,0.5
,2,blue,,FALSE,3.5
2.25,,,2024-02-01,,2.5
0.5,4,red,2024-02-03,TRUE,1.5
3.5,,blue,2024-02-05,TRUE,
"""


@pytest.fixture
def path(tmp_path):
    (tmp_path / "gaps.csv").write_text(TEXT)
    return tmp_path / "gaps.csv"


def test_each_kind_of_cell_may_be_missing(path):
    table = read_table(path, missing="model")
    kinds = {column.name: column.kind for column in table.schema}
    assert kinds == {
        "a": "numeric",
        "n": "integer",
        "c": "categorical",
        "day": "integer",
        "b": "categorical",
        "q": "numeric",
    }
    assert table.schema[2].categories == ("blue", "red")
    assert (table.schema[1].minimum, table.schema[1].maximum) == (1, 4)
    np.testing.assert_array_equal(np.isnan(table.values), pd.read_csv(path).isna())
    assert table.values[3].tolist() == [0.5, 4, 1, 19756, 1, 1.5]
    assert table.usable.all()


def test_the_form_remembers_it(path):
    form = read_table(path, missing="model").form
    assert form.gaps
    assert TableForm.from_json(form.to_json()) == form
    assert "of the cells that are present" in form.measure
    assert any("cells may be missing" in remark for remark in form.remarks)
    plain = TableForm(form.columns)
    assert plain != form
    assert TableForm.from_json(plain.to_json()) == plain  # as in runs that know nothing of gaps
    with pytest.raises(DataError, match="does not describe"):
        TableForm.from_json({"columns": plain.to_json(), "missing": "guess"})


def test_missing_cells_have_neither_a_density_nor_a_probability(path):
    table = read_table(path, missing="model")
    assert table.form.mixed
    assert table.form.continuous(table.values).tolist() == [2, 1, 2, 2, 1]


def test_the_default_refuses_and_names_the_option(path):
    with pytest.raises(DataError, match=r"model the gaps by --missing model \(in Python missing=\"model\"\)"):
        read_table(path)
    schema = read_table(path, missing="model").schema
    with pytest.raises(DataError, match="train a model that takes gaps by --missing model"):
        read_table(path, schema=schema)
    with pytest.raises(DataError, match="1 infinite value, the first in row 2 of column 'x'"):
        Table.from_frame(pd.DataFrame({"x": [1.5, np.inf, None]}), missing="model")


def test_marks_of_missing_numbers_are_gaps_and_told(tmp_path):
    (tmp_path / "m.csv").write_text("a,b\n1.5,1\n?,2\n2.5,3\n3.5,4\n")
    with pytest.warns(UserWarning, match=r"1 cells of column 'a' that say '\?' are taken as missing"):
        table = read_table(tmp_path / "m.csv", missing="model")
    assert np.isnan(table.values[1, 0])


def test_whole_numbers_and_truth_values_keep_their_kind_beside_gaps():
    frame = pd.DataFrame(
        {
            "whole": [1.0, None, 3.0, 5.0],
            "true": [True, None, False, True],
            "marked": pd.array([1, None, 3, 4], dtype="Int64"),
            "day": [datetime.date(2024, 1, day) if day else None for day in (1, 0, 2, 9)],
        }
    )
    schema = Table.from_frame(frame, missing="model").schema
    assert [column.kind for column in schema] == ["integer", "categorical", "integer", "integer"]
    assert [column.stored for column in schema] == [None, "bool", "Int64", "date in days"]


def test_decimals_that_are_spelled_make_no_integers(tmp_path):
    (tmp_path / "d.csv").write_text("a,b\n1.0,1\n,2\n3.0,3\n4.0,5\n")
    assert read_table(tmp_path / "d.csv", missing="model").schema[0].kind == "numeric"


def test_an_empty_column_is_refused_in_training_and_fine_later():
    frame = pd.DataFrame({"a": [1.5, None, 0.5], "b": [None, None, None]})
    with pytest.raises(DataError, match="column 'b' of the table has no value in any row"):
        Table.from_frame(frame, missing="model")
    schema = Table.from_frame(frame.assign(b=["x", None, "y"]), missing="model").schema
    assert np.isnan(Table.from_frame(frame, schema=schema, missing="model").values[:, 1]).all()


def test_a_gap_where_training_had_none_is_a_gap():
    schema = Table.from_frame(pd.DataFrame({"a": [1.5, 2.5], "b": [3.5, 1.25]})).schema
    later = pd.DataFrame({"a": [None, 2.5], "b": [1.0, 2.0]})
    table = Table.from_frame(later, schema=schema, missing="model")
    assert np.isnan(table.values[0, 0])


def test_empty_rows_are_left_out_of_training_and_have_no_score(path, tmp_path):
    (tmp_path / "e.csv").write_text(TEXT + ",,,,,\n" + TEXT.split("\n", 1)[1])
    with pytest.warns(UserWarning, match="1 of 11 rows has no value in any column, the first of them row 6"):
        splits = load_splits(str(tmp_path / "e.csv"), TableConfig(missing="model", test_fraction=0.2))
    assert sum(len(splits.part(name)) for name in ("train", "validation", "test")) == 10
    with pytest.warns(UserWarning, match=r"1 of 11 rows cannot be scored .* row 6 .* no value in any column"):
        table = read_table(tmp_path / "e.csv", schema=splits.form.columns, missing="model", strict=False)
    assert np.flatnonzero(~table.usable).tolist() == [5]


def test_mistakes_beside_gaps_are_told_by_their_row():
    frame = pd.DataFrame({"a": ["1.5", None, "tall", "2.5"], "b": [1.5, 2.5, 3.5, 4.5]})
    with pytest.raises(DataError, match="'tall' in row 3"):
        Table.from_frame(frame, missing="model")
    with pytest.raises(DataError, match=r"has 2\.5 in row 3"):
        Table.from_frame(pd.DataFrame({"n": [1.0, None, 2.5, 4.0]}), kinds={"n": "integer"}, missing="model")
