"""Numbers as people write them, the dialect of a CSV, and marks of missing numbers."""

import numpy as np
import pandas as pd
import pytest

from surjax.data import TableConfig, read_table
from surjax.data.csv_file import USUAL, Dialect
from surjax.data.number_text import as_numbers
from surjax.errors import ConfigError, DataError


def text_of(cells, delimiter=",", header=("a", "b")):
    """A CSV of these cells beside a column of numbers."""
    rows = [f'"{cell}"{delimiter}{i + 0.5}' for i, cell in enumerate(cells)]
    return "\n".join([delimiter.join(header), *rows]) + "\n"


@pytest.mark.parametrize(
    ("cells", "values", "told"),
    [
        (["12 %", "3.5%"], [12, 3.5], "without %"),
        (["$1,200", "-$3.50"], [1200, -3.5], "without \\$ and , between thousands"),
        (["€ 3.50", "€ 1"], [3.5, 1], "without €"),
        (["1,234,567", "12"], [1234567, 12], "without , between thousands"),
        (["1 234.5", "-2"], [1234.5, -2], "without blanks between thousands"),
        (["1'234.5", "2"], [1234.5, 2], "without ' between thousands"),
        (["1.234,5", "2,25"], [1234.5, 2.25], "with a decimal comma and without . between thousands"),
        (["2,25", "3"], [2.25, 3], "with a decimal comma"),
        (["−3", "4"], [-3, 4], None),
    ],
)
def test_numbers_as_people_write_them(write, cells, values, told):
    assert as_numbers(pd.Series(cells)).values.tolist() == values
    path = write(text_of(cells * 2))
    if told is not None:
        with pytest.warns(UserWarning, match=f"column 'a' is read as numbers {told}; --kinds a=categorical"):
            table = read_table(path)
        assert table.values[:2, 0].tolist() == values
        assert set(read_table(path, kinds={"a": "categorical"}).schema[0].categories) == set(cells)
        with pytest.warns(UserWarning, match="is read as numbers"):
            assert (read_table(path, schema=table.schema).values == table.values).all()


@pytest.mark.parametrize(
    "cells", [["$3", "€4"], ["1.2.3", "1.2.4"], ["1,2,3", "2"], ["12 kg", "3 kg"], ["", "a"], ["007", "$3"]]
)
def test_other_texts_are_no_numbers(cells):
    found = as_numbers(pd.Series(cells))
    assert found is None or cells[0] == "007"


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        (["0,5", "1,25"], 0.5),
        (["1.234,5", "1,5"], 1234.5),
        (["1,234", "2,345"], 1.234),
        (["1,234", "2.5"], 1234),
        (["1,234.5", "3"], 1234.5),
        (["1,5", "2.345"], 1.5),
    ],
)
@pytest.mark.filterwarnings("ignore:.*data.csv")
def test_the_decimal_sign_between_semicolons(write, cells, value):
    path = write("a;b\n" + "".join(f"{cell};{i}\n" for i, cell in enumerate(cells * 3)))
    assert read_table(path).values[0, 0] == value
    assert read_table(path, dialect=Dialect(";", ".")).values[1, 0] != 0


@pytest.mark.filterwarnings("ignore:.*data.csv")
def test_what_is_found_out_of_a_csv_is_a_setting(write):
    path = write("a;b\n1,5;2\n2,5;3\n3,5;4\n4,5;5\n")
    config = TableConfig(validation_fraction=0, test_fraction=0)
    table, _ = config.load(str(path), np.float32)
    recorded = config.found(table)
    assert (recorded.delimiter, recorded.decimal) == (";", ",")
    assert recorded.to_json()["decimal"] == ","
    assert (recorded.load(str(path), np.float32)[0].values == table.values).all()
    plain, _ = config.load(str(write("a,b\n1,2\n2,3\n")), np.float32)
    assert plain.dialect == USUAL
    assert "delimiter" not in config.found(plain).to_json()
    path = write("a|b;c\n1|2;0\n2|3;0\n")
    assert [column.name for column in read_table(path, dialect=Dialect("|")).schema] == ["a", "b;c"]
    for wrong in ({"delimiter": ";;"}, {"decimal": "x"}):
        with pytest.raises(ConfigError, match="and must be"):
            TableConfig(**wrong)


@pytest.mark.parametrize(("decimal", "value"), [(",", 1.234), (".", 1234.0)])
@pytest.mark.filterwarnings("ignore:.*data.csv")
def test_the_decimal_sign_of_the_training_data_holds_where_another_file_tells_none(write, decimal, value):
    path = write("a;b\n" + "".join(f"{i}{decimal}5;{i}\n" for i in range(9)))
    config = TableConfig(validation_fraction=0, test_fraction=0)
    table, _ = config.load(str(path), np.float64)
    config = config.found(table)
    scored = config.load_like(str(write("a;b\n1,234;2\n")), table.form, np.float64)
    assert scored.values[0, 0] == value
    certain = config.load_like(str(write("a;b\n1,5;2\n1,234;2\n")), table.form, np.float64)
    assert certain.values[1, 0] == 1.234


@pytest.mark.parametrize(
    ("encoding", "told"), [("utf-16", "UTF-16"), ("latin-1", "Windows-1252"), ("cp1252", "Windows-1252")]
)
def test_encodings_are_told(write, encoding, told):
    with pytest.warns(UserWarning, match=told):
        table = read_table(write("größe,b\n1.5,Ö\n2.5,x\n", encoding=encoding))
    assert table.schema[0].name == "größe"
    assert table.schema[1].categories == ("x", "Ö")


NUMBERS = [f"{i * 0.37:.2f}" for i in range(1, 60)]


@pytest.mark.parametrize("mark", ["?", "-", ".", "missing", "n.a."])
@pytest.mark.parametrize("times", [1, 60])
def test_marks_of_missing_numbers_are_named(write, mark, times):
    path = write(text_of(NUMBERS[:7] + [mark] * times + NUMBERS[7:]))
    with pytest.raises(
        DataError, match=r"'a' of .* in row 8, which seems to mark a missing value: fill it in"
    ) as told:
        read_table(path)
    assert repr(mark) in str(told.value)
    assert read_table(path, kinds={"a": "categorical"}).schema[0].kind == "categorical"


def test_few_numbers_among_marks_are_categories(write):
    table = read_table(write(text_of(["1", "2", "?", "?", "?", "?"] * 3)))
    assert table.schema[0].categories == ("1", "2", "?")


def test_workbooks(tmp_path):
    pytest.importorskip("openpyxl")
    frame = pd.DataFrame(
        {
            "x": [0.5, 1.5, 2.25],
            "n": [1, 2, 5],
            "code": ["007", "NA", "007"],
            "when": pd.to_datetime(["2024-01-31", "2024-02-01", "2024-03-05"]),
            "yes": [True, False, True],
        }
    )
    with pd.ExcelWriter(tmp_path / "a.xlsx") as book:
        frame.to_excel(book, sheet_name="first", index=False)
        frame.to_excel(book, sheet_name="second", index=False)
    with pytest.warns(UserWarning, match="the first of 2 sheets is read, 'first'"):
        table = read_table(tmp_path / "a.xlsx")
    assert [column.kind for column in table.schema] == [
        "numeric",
        "integer",
        "categorical",
        "integer",
        "categorical",
    ]
    assert table.schema[2].categories == ("007", "NA")
    assert table.to_frame()["when"].tolist() == frame["when"].tolist()
    (tmp_path / "b.xlsx").write_bytes((tmp_path / "a.xlsx").read_bytes()[:900])
    with pytest.raises(DataError, match=r"b.xlsx: it is damaged or no .xlsx; save it again."):
        read_table(tmp_path / "b.xlsx")
