"""CSV files, frames and Parquet as people have them: dialects, spelling, and types that come back."""

import json
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from surjax.data import Table, read_table, write_table

ROWS = [f"{i * 0.5:.2f};{(i * 7) % 13 + 0.25};{(i * 3) % 5 + 0.125}" for i in range(60)]
NUMBERS = [[i * 0.5, i * 0.25 + 1] for i in range(20)]


def names(table):
    return [column.name for column in table.schema]


def commas(rows, end=""):
    return "\n".join(",".join(map(str, row)) + end for row in rows) + "\n"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('"price, EUR";"weight, kg, net";"height, cm"', ["price, EUR", "weight, kg, net", "height, cm"]),
        ("price (EUR, net, 2020);weight;height", ["price (EUR, net, 2020)", "weight", "height"]),
        ('"price\n(EUR)";weight;height', ["price\n(EUR)", "weight", "height"]),
    ],
)
def test_the_delimiter_is_that_of_the_rows(write, header, expected):
    table = read_table(write(header + "\n" + "\n".join(ROWS) + "\n"))
    assert names(table) == expected
    assert table.values[:3].tolist() == [[0, 0.25, 0.125], [0.5, 7.25, 3.125], [1, 1.25, 1.125]]
    assert names(read_table(write('"a;b;c;d",e\n' + commas(NUMBERS)))) == ["a;b;c;d", "e"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# made by a logger, version 1\na,b\n" + commas(NUMBERS), "1 line above the header is left out"),
        ("A title\n\na,b\n" + commas(NUMBERS), "1 line above the header"),
        ("a,b,\n" + commas(NUMBERS, ","), "an empty last column is left out"),
        ("a;b\n" + commas(NUMBERS).replace(",", ";").replace(".", ","), "numbers have a decimal comma"),
    ],
)
def test_what_does_not_belong_to_the_table_is_told(write, text, told):
    with pytest.warns(UserWarning, match=told):
        table = read_table(write(text))
    assert names(table) == ["a", "b"]
    np.testing.assert_allclose(table.values, NUMBERS)


def test_blanks_round_fields_are_none_of_theirs(write):
    table = read_table(
        write("a, b, c\n" + commas([[*row, " x" if i % 2 else " y"] for i, row in enumerate(NUMBERS)]))
    )
    assert names(table) == ["a", "b", "c"]
    assert table.schema[2].categories == ("x", "y")


def test_packed_files_and_json_lines(write):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        packed = read_table(write("a,b\n" + commas(NUMBERS), "data.csv.gz"))
        lines = "".join(json.dumps({"a": a, "b": b}) + "\n" for a, b in NUMBERS)
        listed = read_table(write(lines, "data.jsonl"))
    assert packed.values.tolist() == listed.values.tolist() == NUMBERS
    damaged = write("a,b\n" + commas(NUMBERS), "cut.csv.gz")
    damaged.write_bytes(damaged.read_bytes()[:-9])
    with pytest.raises(Exception, match="cut short"):
        read_table(damaged)


@pytest.mark.parametrize(
    ("spelled", "some"),
    [
        (["TRUE", "FALSE", "unknown"], ["TRUE", "FALSE"]),
        (["007", "A1", "B2", "012"], ["007", "012"]),
        (["007", "012", "100"], ["100"]),
        (["1.0", "n", "m"], ["1.0"]),
        (["1E5", "A", "B"], ["1E5"]),
        (["NA", "None", "null"], ["NA"]),
        (["TRUE", "FALSE"], ["FALSE"]),
    ],
)
def test_a_category_is_spelled_alike_whatever_the_other_rows_hold(write, spelled, some):
    def text(cells, n):
        return "x,c\n" + "".join(f"{i % 7}.25,{cells[i % len(cells)]}\n" for i in range(n))

    table = read_table(write(text(spelled, 60)))
    assert set(table.schema[1].categories) == set(spelled)
    again = read_table(write(text(some, 5)), schema=table.schema)
    assert [table.schema[1].categories[int(code)] for code in again.values[:, 1]] == [
        some[i % len(some)] for i in range(5)
    ]


def test_codes_that_begin_with_a_zero_come_back(write, tmp_path):
    towns = ["01234", "02139", "10001"]
    text = "zip,rent\n" + "".join(f"{towns[i % 3]},{i + 0.5}\n" for i in range(30))
    frame = pd.DataFrame({"zip": [towns[i % 3] for i in range(30)], "rent": np.arange(30) + 0.5})
    frame.to_parquet(tmp_path / "zip.parquet")
    for path in (write(text), tmp_path / "zip.parquet"):
        table = read_table(path)
        assert table.schema[0].categories == tuple(towns)
        write_table(tmp_path / "samples.csv", table.values[:3], table.schema)
        assert (tmp_path / "samples.csv").read_text().splitlines()[1].startswith("01234,")


CITIES = np.array(["Oslo", "Bergen", "Bodø"])[np.arange(30) % 3]


@pytest.mark.parametrize(
    "dtype", ["string", "str", pd.ArrowDtype(pa.string()), pd.ArrowDtype(pa.large_string())]
)
def test_text_is_text_whatever_holds_it(dtype):
    frame = pd.DataFrame({"city": pd.Series(CITIES).astype(dtype), "x": np.arange(30) / 7})
    table = Table.from_frame(frame)
    assert table.schema[0].categories == ("Bergen", "Bodø", "Oslo")
    assert table.values[:3, 0].tolist() == [2, 0, 1]


def test_types_of_arrow_that_pandas_does_not_read_again(tmp_path):
    x = np.arange(30) / 7
    frame = pd.DataFrame(
        {
            "city": pd.Series(
                pa.array(CITIES).dictionary_encode(),
                dtype=pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string())),
            ),
            "half": pd.Series(x.astype("f2"), dtype=pd.ArrowDtype(pa.float16())),
        }
    )
    frame.to_parquet(tmp_path / "a.parquet")
    for table in (Table.from_frame(frame), read_table(tmp_path / "a.parquet")):
        assert table.schema[0].categories == ("Oslo", "Bergen", "Bodø")
        np.testing.assert_array_equal(table.values[:, 1], x.astype("f2"))


def test_samples_have_the_types_of_the_training_table(tmp_path):
    n = np.arange(40)
    frame = pd.DataFrame(
        {
            "flag": n % 3 == 0,
            "level": pd.Categorical(n % 3 + 1),
            "grade": pd.Categorical(np.array(["lo", "mid", "hi"])[n % 3], ["lo", "mid", "hi"], ordered=True),
            "count": (n % 5).astype(np.int16),
            "price": (n * 0.37 + 1).astype(np.float32),
            "half": pd.Categorical((n % 3 + 1) / 2),
        }
    )
    frame.to_parquet(tmp_path / "a.parquet")
    frame = pd.read_parquet(tmp_path / "a.parquet")  # which keeps no categories of numbers
    table = read_table(tmp_path / "a.parquet")
    write_table(tmp_path / "samples.parquet", table.values, table.schema)
    back = pd.read_parquet(tmp_path / "samples.parquet")
    assert back.dtypes.astype(str).to_dict() == frame.dtypes.astype(str).to_dict()
    pd.testing.assert_frame_equal(back, frame)
    assert table.to_frame()["grade"].cat.ordered
    for suffix in ("csv", "npz", "parquet"):
        path = tmp_path / f"again.{suffix}"
        write_table(path, table.values, table.schema)
        np.testing.assert_allclose(read_table(path, schema=table.schema).values, table.values, rtol=1e-7)
