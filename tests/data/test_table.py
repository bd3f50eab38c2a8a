"""Tables from files: what is read, what comes back, and what is refused with which sentence."""

import dataclasses
import json
import re

import numpy as np
import pandas as pd
import pytest

from surjax.data import (
    Column,
    Table,
    read_table,
    schema_from_json,
    schema_to_json,
    to_frame,
    write_table,
)
from surjax.errors import DataError, ShapeError, SurjaxError

MIXED = "size,count,colour,valid\n1.5,3,red,True\n2.5,5,blue,False\n-0.25,4,red,True\n"
MIXED_SCHEMA = (
    Column("size", "numeric"),
    Column("count", "integer", minimum=3, maximum=5),
    Column("colour", "categorical", ("blue", "red")),
    Column("valid", "categorical", ("False", "True")),
)
MIXED_VALUES = [[1.5, 3, 1, 1], [2.5, 5, 0, 0], [-0.25, 4, 1, 1]]


def plain(schema):
    """A schema without where the columns lie and how far they spread."""
    return tuple(dataclasses.replace(column, shift=None, scale=None, stored=None) for column in schema)


@pytest.fixture
def npz(tmp_path):
    def write(**arrays):
        np.savez(tmp_path / "data.npz", **arrays)
        return tmp_path / "data.npz"

    return write


def refused(message, path, **options):
    with pytest.raises(DataError, match=message) as caught:
        read_table(path, **options)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


# What is read.


def test_kinds_are_inferred(write):
    table = read_table(write(MIXED))
    assert plain(table.schema) == MIXED_SCHEMA
    assert table.values.dtype == np.float64
    assert table.values.tolist() == MIXED_VALUES


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".npz"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_type_of_file_comes_back_the_same(tmp_path, suffix, dtype):
    values = np.array([*MIXED_VALUES, [1 / 3, 5, 0, 1]], dtype)
    path = tmp_path / f"data{suffix}"
    write_table(path, values, MIXED_SCHEMA)
    table = read_table(path)
    assert plain(table.schema) == MIXED_SCHEMA
    assert (table.values.astype(dtype) == values).all()
    again = read_table(path, schema=MIXED_SCHEMA, dtype=dtype)
    assert again.values.dtype == dtype
    assert read_table(path, schema=table.schema, dtype=dtype).values.dtype == np.float64
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_numbers_alone_are_one_array(tmp_path, suffix):
    values = np.array([[0.5, 2], [1.5, 3]], np.float32)
    schema = (Column("a", "numeric"), Column("b", "integer", minimum=0, maximum=9))
    path = tmp_path / f"data{suffix}"
    write_table(path, values, schema)
    loaded = np.load(path, allow_pickle=False)
    array = loaded if suffix == ".npy" else loaded["samples"]
    assert array.dtype == np.float32
    assert (array == values).all()
    assert read_table(path, schema=schema).schema == schema


def test_columns_called_as_arguments_of_numpy(tmp_path):
    schema = (Column("file", "categorical", ("a", "b")), Column("a/b", "numeric"))
    values = np.array([[0, 0.5], [1, 1.5]])
    write_table(tmp_path / "x.npz", values, schema)
    table = read_table(tmp_path / "x.npz")
    assert plain(table.schema) == schema
    assert (table.values == values).all()


def test_no_header(write):
    table = read_table(write("1.5,2\n2.5,3\n"))
    assert [column.name for column in table.schema] == ["x0", "x1"]
    assert table.values.tolist() == [[1.5, 2], [2.5, 3]]


@pytest.mark.parametrize(
    "text", ["a;b\n1;2.5\n2;3.5\n", "a\tb\n1\t2.5\n2\t3.5\n", "\ufeffa,b\n1,2.5\n2,3.5\n"]
)
def test_delimiters_and_byte_order_marks(write, text):
    table = read_table(write(text))
    assert [column.name for column in table.schema] == ["a", "b"]
    assert table.values.tolist() == [[1, 2.5], [2, 3.5]]


def test_row_labels_of_pandas_are_left_out(write, tmp_path):
    frame = pd.DataFrame({"a": [1.5, 2.5], "b": [0.5, 3.5]})
    frame.to_csv(tmp_path / "labelled.csv")
    frame.iloc[::-1].to_parquet(tmp_path / "labelled.parquet")
    assert read_table(tmp_path / "labelled.csv").values.tolist() == frame.to_numpy().tolist()
    assert read_table(tmp_path / "labelled.parquet").values.tolist() == frame.to_numpy()[::-1].tolist()


def test_columns_and_kinds_are_chosen(write):
    table = read_table(
        write(MIXED), columns=["count", "size"], kinds={"count": "categorical", "size": "numeric"}
    )
    assert plain(table.schema) == (Column("count", "categorical", ("3", "4", "5")), MIXED_SCHEMA[0])
    assert table.values[:, 0].tolist() == [0, 2, 1]


def test_categories_of_numbers_are_in_numerical_order_and_named_alike(write):
    schema = read_table(write("a\n10\n9\n2\n"), kinds={"a": "categorical"}).schema
    assert schema[0].categories == ("2", "9", "10")
    again = read_table(write("a\n2.0\n10.0\n"), schema=schema)
    assert again.values.tolist() == [[0], [2]]


def test_pandas_types(tmp_path):
    frame = pd.DataFrame(
        {
            "grade": pd.Categorical(["low", "high", "low"], categories=["low", "unused", "high"]),
            "count": pd.array([1, 2, 3], dtype="Int64"),
            "flag": pd.array([True, False, True], dtype="boolean"),
            "size": pd.array([0.5, 1.5, 2.5], dtype="Float32"),
            "level": pd.Categorical([3, 1, 3]),
        }
    )
    frame.to_parquet(tmp_path / "typed.parquet")
    for table in (Table.from_frame(frame), read_table(tmp_path / "typed.parquet")):
        assert table.schema[0].categories == ("low", "high")
        kinds = [column.kind for column in table.schema]
        assert kinds[:4] == ["categorical", "integer", "categorical", "numeric"]
        assert table.values[:, 0].tolist() == [0, 1, 0]
    assert plain(Table.from_frame(frame).schema)[4] == Column("level", "categorical", ("1", "3"))
    assert Table.from_frame(frame, kinds={"level": "integer"}).values[:, 4].tolist() == [3, 1, 3]


def test_arrays(npz):
    x, y = np.arange(6.0).reshape(3, 2), np.array([[1, 2], [3, 4]], np.uint8)
    path = npz(x=x, y=y)
    assert (read_table(path, array="x").values == x).all()
    assert [column.kind for column in read_table(path, array="y").schema] == ["integer", "integer"]
    assert (Table.from_array(x).values == x).all()
    structured = np.array([(0.5, 1), (1.5, 2)], [("a", np.float64), ("b", np.int32)])
    assert [c.name for c in Table.from_array(structured).schema] == ["a", "b"]


def test_named_columns_of_an_npz(npz):
    table = read_table(npz(size=np.array([0.5, 1.5]), colour=np.array(["red", "blue"])))
    assert plain(table.schema) == (
        Column("size", "numeric"),
        Column("colour", "categorical", ("blue", "red")),
    )


def test_a_schema_survives_json():
    text = json.dumps(schema_to_json(MIXED_SCHEMA))
    assert schema_from_json(json.loads(text)) == MIXED_SCHEMA


def test_a_schema_finds_columns_by_name_and_keeps_the_codes(write):
    path = write("valid,colour,count,size\nTrue,red,9,0.5\n")
    table = read_table(path, schema=MIXED_SCHEMA)
    assert table.schema == MIXED_SCHEMA
    assert table.values.tolist() == [[0.5, 9, 1, 1]]


def test_a_schema_takes_nameless_columns_in_order(write):
    schema = (Column("a", "numeric"), Column("b", "categorical", ("0", "1")))
    assert read_table(write("0.5,1\n0.5,1\n"), schema=schema).values.tolist() == [[0.5, 1], [0.5, 1]]
    assert Table.from_array(np.array([[2.0, 0.0]]), schema=schema).values.tolist() == [[2, 0]]


def test_samples_become_a_frame():
    frame = to_frame(np.array([[0.1, 3.6, 0.2, 0.9]], np.float32), MIXED_SCHEMA)
    assert frame.to_dict("records") == [
        {"size": np.float32(0.1), "count": 4, "colour": "blue", "valid": "True"}
    ]
    assert frame["count"].dtype == np.int64


# What is refused.


def test_no_file(tmp_path):
    refused("there is no file", tmp_path / "absent.csv")


def test_a_folder(tmp_path):
    refused("is a folder", tmp_path)


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.npy", "a.npz"])
def test_an_empty_file(write, name):
    refused("is empty", write("", name))
    if name == "a.csv":
        refused("is empty", write("\n\n", name))


def test_an_unknown_type(write):
    refused(r"ends in '.docx'.*\.csv, \.tsv, .*\.parquet", write("a", "a.docx"))
    refused("ends in 'nothing'", write("a", "a"))


@pytest.mark.parametrize("name", ["a.parquet", "a.npy", "a.npz"])
def test_not_the_type_that_the_name_says(write, name):
    refused("damaged", write("this is a text and no such file at all", name))


@pytest.mark.parametrize("suffix", [".parquet", ".npy", ".npz"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_file_cut_short(tmp_path, suffix, share):
    path = tmp_path / f"cut{suffix}"
    values = np.random.default_rng(0).normal(size=(1000, 2))
    write_table(path, values, (Column("a", "numeric"), Column("b", "numeric")))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    refused("damaged", path)


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_pickles_are_never_loaded(tmp_path, suffix):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was run",))

    objects = np.array([[Trap(), Trap()]], dtype=object)
    path = tmp_path / f"trap{suffix}"
    if suffix == ".npy":
        np.save(path, objects, allow_pickle=True)
    else:
        np.savez(path, x=objects)
    refused("pickled Python objects, which are never loaded", path)


@pytest.mark.parametrize("shape", [(4,), (2, 2, 2), ()])
def test_another_number_of_axes(npz, shape):
    path = npz(x=np.zeros(shape))
    refused(rf"shape {re.escape(str(shape))}, but a table has two axes", path)


def test_complex_numbers(npz):
    refused("type complex128", npz(x=np.zeros((3, 2), complex)))


def test_several_arrays(npz):
    path = npz(x=np.zeros((3, 2)), y=np.zeros(3))
    refused(r"2 arrays \(x \(3, 2\), y \(3,\)\): say which", path)
    refused("no array 'z': it has x, y", path, array="z")


def test_an_array_of_another_type_of_file(write):
    refused("no array 'x'", write(MIXED), array="x")


def test_text_among_numbers(write):
    path = write("a,b\n1.5,1\n2.5,2\n3.5,two\n4.5,4\n")
    refused("column 'b'.*should hold numbers but has 'two' in row 3", path)
    assert read_table(path, kinds={"b": "categorical"}).schema[1].categories == ("1", "2", "4", "two")


def test_text_in_a_column_that_was_numbers_in_training(write):
    schema = (Column("a", "numeric"), Column("b", "integer", minimum=0, maximum=3))
    refused("column 'b'.*has 'x' in row 1", write("a,b\n1,x\n1,y\n"), schema=schema)
    refused("should hold integers but has 0.5 in row 2", write("a,b\n1,0\n1,0.5\n"), schema=schema)


@pytest.mark.parametrize("bad", ["", "nan", "inf", "-inf"])
def test_missing_and_infinite_values(write, bad):
    path = write(f"a,b\n1.5,1.5\n2.5,{bad}\n{bad},4.5\n")
    refused("2 missing or infinite values, the first in row 2 of column 'b'", path)


def test_a_missing_category(write):
    refused("1 missing or infinite value, the first in row 3 of column 'a'", write("a,b\nx,1\ny,2\n,3\n"))


@pytest.mark.parametrize("value", ["5", "0.5", "red", "True"])
def test_a_constant_column(write, value):
    path = write(f"a,b\n1.5,{value}\n2.5,{value}\n")
    refused(f"column 'b' of .* has the same value, {value}, in every row.*leave it out", path)
    assert len(read_table(path, columns=["a"])) == 2


def test_every_digit_of_a_number_is_read(write):
    table = read_table(write("a,b\n1.0,9007199254740991\n1.00000000001,9007199254740990\n"))
    assert table.values.tolist() == [[1.0, 9007199254740991], [1.00000000001, 9007199254740990]]
    frame = table.to_frame()
    assert frame["b"].tolist() == [9007199254740991, 9007199254740990]


def test_columns_say_where_they_lie_and_how_far_they_spread(write):
    rows = "".join(f"{1.6e9 + i},{i},red\n{1.6e9 - i},{-i},blue\n" for i in range(1, 100))
    time, count, colour = read_table(write(f"time,count,colour\n{rows}1e30,100000,red\n")).schema
    assert time.shift == pytest.approx(1.6e9, abs=2)
    assert time.scale == pytest.approx(100 / 1.349, rel=0.05)
    assert (count.shift, count.scale) == (1.0, pytest.approx(100 / 1.349, rel=0.05))
    assert (colour.shift, colour.scale) == (None, None)


def test_one_row_or_none(write):
    refused("one row, but two", write("a,b\n1,2\n"))
    refused("no rows, but two", write("a,b\n"))
    refused("no rows, but one", write("a\n"), schema=(Column("a", "numeric"),))


def test_numbers_beyond_float32(write):
    path = write("a,b\n1,9007199254740992\n2,9007199254740993\n")
    refused("9007199254740993 in row 2, beyond ±9007199254740992", path)
    old = (Column("a", "integer", minimum=1, maximum=2), Column("b", "integer", minimum=1, maximum=2))
    refused("16777217 in row 1, beyond ±16777216", write("a,b\n1,16777217\n"), schema=old)
    refused(r"1e\+39 in row 2, beyond ±1e\+37", write("a\n1.0\n1e39\n"))


def test_names_instead_of_categories(write):
    path = write("name,x\n" + "".join(f"person {i},{i / 7}\n" for i in range(30)))
    refused("column 'name'.*30 different texts in 30 rows", path)
    assert len(read_table(path, kinds={"name": "categorical"}).schema[0].categories) == 30


def test_a_ragged_csv(write):
    refused("more fields", write("a,b\n1,2\n3,4,5\n"))
    refused("more fields", write("a,b\n1,2,3\n4,5,6\n"))
    refused("missing", write("a,b\n1,2\n3\n"))


def test_a_csv_that_is_not_text(write):
    refused("UTF-8", write("a,b\né\0,1\nè,2\n", encoding="latin-1"))


def test_dates_and_lists(tmp_path):
    frame = pd.DataFrame({"day": pd.to_datetime(["2020-01-01", "2020-01-02"]), "list": [[1], [2]]})
    frame.to_parquet(tmp_path / "a.parquet")
    assert read_table(tmp_path / "a.parquet", columns=["day"]).values.tolist() == [[18262], [18263]]
    refused("column 'list'.*neither numbers nor text", tmp_path / "a.parquet", columns=["list"])


def test_unknown_columns_and_kinds(write):
    path = write(MIXED)
    refused("no column 'weight': it has size, count", path, columns=["weight"])
    refused("no column 'weight'", path, kinds={"weight": "numeric"})
    refused("column 'size' twice", path, columns=["size", "size"])
    with pytest.raises(DataError, match="'size' cannot be 'real': choose one of numeric"):
        read_table(path, kinds={"size": "real"})  # type: ignore


def test_columns_that_do_not_fit_the_model(write):
    schema = (Column("a", "numeric"), Column("b", "numeric"))
    with pytest.warns(UserWarning, match="left out what the model does not know: c"):
        assert read_table(write("c,b,a\n3,2,1\n"), schema=schema).values.tolist() == [[1, 2]]
    refused(r"has 3 columns but the model was trained on 2 \(a, b\)", write("1,2,3\n"), schema=schema)
    refused(r"the columns a, c but not b", write("a,c\n1,2\n"), schema=schema)
    refused("kinds .* are those of the model", write("a,b\n1,2\n"), schema=schema, kinds={"a": "integer"})
    assert len(read_table(write("a,b,c\n1,2,3\n"), schema=schema, columns=["a", "b"])) == 1


def test_an_unknown_category(write):
    schema = (Column("colour", "categorical", ("blue", "red")),)
    refused(r"'green' in row 2, .*\(blue, red\)", write("colour\nred\ngreen\n"), schema=schema)


@pytest.mark.parametrize(
    "column",
    [
        {"name": "a", "kind": "real"},
        {"name": "a", "kind": "categorical", "categories": ["one"]},
        {"name": "a", "kind": "categorical", "categories": ["one", "one"]},
        {"name": "a", "kind": "integer", "minimum": 3, "maximum": 2},
        {"name": "a", "kind": "integer"},
        {"name": "a", "kind": "numeric", "minimum": 3},
        {"name": "a"},
        {"name": "a", "kind": "numeric", "colour": "red"},
        {"name": "a", "kind": ["numeric"]},
        "a",
    ],
)
def test_descriptions_of_columns_that_make_no_sense(column):
    with pytest.raises(DataError, match="column"):
        schema_from_json([column])


def test_values_that_do_not_fit_the_schema(tmp_path):
    schema = (Column("a", "integer", minimum=0, maximum=1), Column("b", "categorical", ("x", "y")))
    with pytest.raises(ShapeError, match=r"shape \(2, 3\)"):
        to_frame(np.zeros((2, 3)), schema)
    with pytest.raises(DataError, match="not finite"):
        to_frame(np.array([[np.nan, 0]]), schema)
    with pytest.raises(DataError, match="codes from 0 to 2"):
        to_frame(np.array([[0, 0], [0, 2]]), schema)
    with pytest.raises(DataError, match=r"'\.txt'"):
        write_table(tmp_path / "a.txt", np.zeros((1, 2)), schema)
    with pytest.raises(DataError, match="cannot hold text"):
        write_table(tmp_path / "a.npy", np.zeros((1, 2)), schema)
    with pytest.raises(SurjaxError, match="there is no folder"):
        write_table(tmp_path / "b" / "a.csv", np.zeros((1, 2)), schema)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".npy", ".npz"])
def test_a_full_disk(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    path.symlink_to("/dev/full")
    schema = (Column("a", "numeric"), Column("b", "numeric"))
    with pytest.raises(SurjaxError, match=f"cannot write {path}: the disk is full"):
        write_table(path, np.zeros((1000, 2)), schema)
