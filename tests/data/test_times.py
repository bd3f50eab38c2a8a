"""Dates, time stamps, times of day and durations: numbers with a unit, and back."""

import numpy as np
import pandas as pd
import pytest

from surjax.data import Column, Table, read_table, to_frame, write_table
from surjax.data.times import TimeType
from surjax.errors import DataError

ROWS = 60
random = np.random.default_rng(0)
DAYS = pd.Series(pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 900, ROWS), "D"))
SECONDS = pd.Series(pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 9 * 10**7, ROWS), "s"))
HOURS = pd.Series(pd.to_timedelta(random.integers(-900, 9000, ROWS), "h"))
FRAME = pd.DataFrame(
    {
        "day": DAYS,
        "date": DAYS.dt.date,
        "stamp": SECONDS,
        "milli": SECONDS + pd.to_timedelta(random.integers(0, 1000, ROWS), "ms"),
        "nano": SECONDS.astype("datetime64[ns]"),
        "zoned": SECONDS.dt.tz_localize("UTC").dt.tz_convert("Europe/Oslo"),
        "zoned day": DAYS.dt.tz_localize("America/Sao_Paulo"),
        "hours": HOURS,
        "clock": SECONDS.dt.time,
        "iso": DAYS.dt.strftime("%Y-%m-%d"),
        "dots": DAYS.dt.strftime("%d.%m.%Y"),
        "slashes": DAYS.dt.strftime("%m/%d/%Y"),
        "minutes": SECONDS.dt.strftime("%Y-%m-%d %H:%M"),
        "utc": SECONDS.dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "time": SECONDS.dt.strftime("%H:%M"),
        "duration": HOURS.astype(str),
    }
)
UNITS = ["days", "days", "seconds", "seconds", "seconds", "seconds", "days", "hours", "seconds"]
UNITS += ["days", "days", "days", "minutes", "seconds", "minutes", "hours"]


@pytest.fixture(scope="module")
def table():
    return Table.from_frame(FRAME)


def test_times_are_numbers_in_the_longest_unit_in_which_they_are_whole(table):
    assert [TimeType.of(column.stored).unit for column in table.schema] == UNITS
    values = dict(zip(FRAME.columns, table.values.T, strict=True))
    assert (values["day"] == (DAYS - pd.Timestamp("1970-01-01")).dt.days).all()
    assert (values["stamp"] == SECONDS.astype("datetime64[s]").astype(np.int64)).all()
    assert (values["zoned"] == values["stamp"]).all()
    assert (values["dots"] == values["day"]).all()
    assert (values["zoned day"] == values["day"]).all()
    assert (values["hours"] == HOURS / pd.Timedelta("1h")).all()
    assert values["milli"] == pytest.approx(values["stamp"], abs=1)
    assert table.schema[0].kind == "integer"
    assert table.schema[2].kind == "numeric"


def test_samples_are_times_of_the_training_table_at_the_resolution_of_the_data(table):
    frame = table.to_frame()
    assert (frame.dtypes == FRAME.dtypes).all()
    assert frame.equals(FRAME)
    moved = to_frame(table.values + 0.3, table.schema)
    assert moved[["day", "stamp", "minutes", "time"]].equals(FRAME[["day", "stamp", "minutes", "time"]])


@pytest.mark.parametrize("suffix", ["csv", "parquet", "npz"])
def test_what_is_written_is_read_again(table, tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    write_table(path, table.values, table.schema)
    assert (read_table(path, schema=table.schema).values == table.values).all()
    if suffix == "parquet":
        FRAME.to_parquet(tmp_path / "b.parquet")
        assert pd.read_parquet(path).dtypes.equals(pd.read_parquet(tmp_path / "b.parquet").dtypes)


def test_a_csv_of_times_is_read_as_the_frame_is(table, tmp_path):
    FRAME.to_csv(tmp_path / "a.csv", index=False)
    again = read_table(tmp_path / "a.csv")
    same = [i for i, name in enumerate(FRAME.columns) if name != "zoned day"]  # of which texts tell no zone
    assert (again.values[:, same] == table.values[:, same]).all()
    assert again.to_frame()["slashes"].tolist() == FRAME["slashes"].tolist()
    assert (read_table(tmp_path / "a.csv", schema=table.schema).values == table.values).all()


def test_what_is_found_is_told(table):
    (told,) = (remark for remark in table.form.remarks if "times are taken" in remark)
    assert "'day' (dates, in days since 1970)" in told
    assert " and 8 more; --kinds column=categorical" in told


@pytest.mark.parametrize(
    "texts",
    [
        ["01/02/2024", "03/04/2024", "01/02/2024"],
        ["2024-01-31", "soon", "2024-01-31"],
        ["2024-01", "2024-02", "2024-01"],
    ],
)
def test_what_may_be_another_date_or_none_stays_text(texts):
    assert Table.from_frame(pd.DataFrame({"a": texts})).schema[0].kind == "categorical"


def test_dates_that_are_declared_to_be_categories_are_those():
    frame = pd.DataFrame({"a": ["2024-01-31", "2024-02-28"] * 3})
    assert Table.from_frame(frame, kinds={"a": "categorical"}).schema[0].categories == tuple(frame["a"][:2])


def test_what_is_no_such_time_is_named():
    schema = (Column("a", "integer", minimum=0, maximum=9, stored="text %Y-%m-%d in days"),)
    for text in ("2024-02-30", "soon", "12:30"):
        with pytest.raises(DataError, match=f"'a' of the table should hold dates but has '{text}' in row 2"):
            Table.from_frame(pd.DataFrame({"a": ["2024-02-29", text]}), schema=schema)
    with pytest.raises(DataError, match="should hold numbers but holds times"):
        Table.from_frame(pd.DataFrame({"a": DAYS}), schema=(Column("a", "numeric"),))


def test_samples_beyond_all_dates_are_told():
    column = Column("a", "numeric", stored="datetime64[ns] in seconds")
    with pytest.warns(UserWarning, match="1 of 2 times are beyond the first or the last one"):
        frame = to_frame(np.array([[0.0], [1e20]]), (column,))
    assert frame["a"].dt.year.tolist() == [1970, 2262]


def test_nanoseconds_are_rounded_with_a_word():
    stamps = pd.Series(pd.to_datetime([1_000_000_001, 2_000_000_000, 3_000_000_000]))
    with pytest.warns(UserWarning, match="times of column 'a' are rounded down to microseconds"):
        Table.from_frame(pd.DataFrame({"a": stamps}))
