"""Dates, time stamps, times of day and durations as numbers, and back."""

import datetime
import re
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from surjax.data.faults import Faults
from surjax.data.time_text import DURATION, form_of, is_utc, parse

if TYPE_CHECKING:
    import pandas as pd

_UNITS = {"days": 86_400_000_000, "hours": 3_600_000_000, "minutes": 60_000_000, "seconds": 1_000_000}
"""The microseconds of each, the longest first."""

_STORED = re.compile(
    r"(date|time|text .+|datetime64\[.+\]|timedelta64\[.+\]) in (days|hours|minutes|seconds)"
)
_YEARS = np.array(["0001-01-01", "9999-12-31"], "M8[us]").astype(np.int64)
"""The first and the last day that Python's dates have, in microseconds."""
_NANOSECONDS = 2**63 // 1000 - 1
"""The microseconds within 64 bits of nanoseconds: a number that float64 holds too."""


class TimeType(NamedTuple):
    """How a column stores its times, and the unit of the numbers that models see.

    Dates and time stamps are counted from the beginning of 1970, those with a zone in UTC (whole days in
    their zone), times of day from midnight. The unit is the longest of days, hours, minutes and seconds in
    which all are whole, or else seconds, with fractions down to a microsecond.

    type: "date" and "time" (Python's), "datetime64[…]" and "timedelta64[…]" (as pandas calls them), or "text"
        and a form (see `surjax.data.time_text.form_of`).
    unit: "days", "hours", "minutes" or "seconds".
    """

    type: str
    unit: str

    def __str__(self) -> str:
        return f"{self.type} in {self.unit}"

    @classmethod
    def of(cls, stored: str | None) -> "TimeType | None":
        """What `Column.stored` says, where it is times."""
        found = None if stored is None else _STORED.fullmatch(stored)
        return None if found is None else cls(*found.groups())

    @property
    def told(self) -> str:
        """What the numbers are, in words."""
        family = _family(self.type)
        if family != "stamp":
            return f"{'times of day' if family == 'clock' else 'durations'}, in {self.unit}"
        return f"{'dates' if self.unit == 'days' else 'times'}, in {self.unit} since 1970"


def numbers_of_times(
    series: "pd.Series", known: TimeType | None, source: str, faults: Faults
) -> tuple["pd.Series", TimeType | None]:
    """A column of times as numbers, whole where the unit is days, and their type; another as it is, and None.

    Args:
        series: the column; gaps are None, NaN or NaT.
        known: its type in the training data, by which it is read; numbers are then in that unit already.
        source: the file or set it is from, for errors.
        faults: what is done with texts that are no times, which become NaN.

    Raises:
        DataError: a text among dates is none.
    """
    import pandas as pd

    if pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series):
        return series, known
    found = _durations_or_stamps(series, known)
    if found is None:
        return series, None
    times, type_ = found
    if known is not None and _family(type_) != _family(known.type):
        times = pd.Series(pd.NaT, index=series.index, name=series.name)  # a time of day is no date
    expected = (known or TimeType(type_, "days")).told.partition(",")[0]
    lost = (times.isna() & series.notna()).to_numpy()
    faults.note(
        lost,
        lambda row: (
            f"column {series.name!r} of {source} should hold {expected} but has {str(series.iloc[row])!r} in "
            f"row {row + 1}"
        ),
        "correct it, leave the column out, or declare it categorical",
    )
    stamped = times.dt.as_unit("us") if hasattr(times.dt, "as_unit") else times
    gaps = stamped.isna().to_numpy()
    micro = stamped.to_numpy().astype("int64")
    if known is None:
        _tell_nanoseconds(times, gaps, source)
    unit = _unit(micro[~gaps]) if known is None else known.unit
    values = np.where(gaps, np.nan, micro / _UNITS[unit])
    whole = unit == "days" and not gaps.any() and bool((values == np.rint(values)).all())
    numbers = pd.Series(values.astype(np.int64) if whole else values, index=series.index, name=series.name)
    return numbers, TimeType(type_, unit)


def times_of_numbers(values: np.ndarray, stored: TimeType) -> "pd.Series":  # noqa: PLR0911
    """Numbers (rows,) as times of a type; a warning tells of those that are beyond all dates.

    Raises:
        ValueError, TypeError, KeyError: the type is none that pandas knows.
    """
    import pandas as pd

    type_ = stored.type
    low, high = _limits(type_)
    exact = np.rint(np.asarray(values, np.float64) * _UNITS[stored.unit])
    beyond = int(((exact < low) | (exact > high)).sum())
    if beyond:
        warnings.warn(
            f"{beyond} of {len(exact)} times are beyond the first or the last one that can be written, "
            "and were put there.",
            stacklevel=5,
        )
    unknown = np.isnan(exact)
    micro = np.where(unknown, 0, np.clip(exact, low, high)).astype(np.int64)
    micro[unknown] = np.iinfo(np.int64).min  # which is NaT
    durations = pd.Series(micro.astype("m8[us]"))
    stamps = pd.Series(micro.astype("M8[us]"))
    if type_ == "date":
        return stamps.dt.date
    if type_ == "time":
        return stamps.dt.time
    if type_ == f"text {DURATION}":
        return durations.astype(str)
    if type_.startswith("text "):
        return stamps.dt.strftime(type_.removeprefix("text "))
    if type_.startswith("timedelta64"):
        return durations.astype(type_)
    zone = _zone(type_)
    if zone is None:
        return stamps.astype(type_)
    if stored.unit == "days":
        placed: Any = stamps.dt.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
        return placed.astype(type_)
    return stamps.dt.tz_localize("UTC").astype(type_)


def _durations_or_stamps(  # noqa: PLR0911
    series: "pd.Series", known: TimeType | None
) -> tuple["pd.Series", str] | None:
    """The column as naive time stamps or durations, and how it stores them; None where it holds neither."""
    import pandas as pd

    dtype = series.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        local = series.dt.tz_localize(None)
        days = (
            known.unit == "days" if known else bool((local.dropna() == local.dropna().dt.normalize()).all())
        )
        return (local if days else series.dt.tz_convert("UTC").dt.tz_localize(None)), str(dtype)
    if dtype.kind in "mM":
        return series, str(dtype)
    if isinstance(dtype, pd.CategoricalDtype) or not pd.api.types.is_object_dtype(dtype):
        return None
    kinds = set(map(type, series.dropna()))
    if kinds and kinds <= {datetime.datetime, pd.Timestamp}:
        zoned = any(stamp.tzinfo for stamp in series.dropna())
        return _durations_or_stamps(pd.to_datetime(series, errors="coerce", utc=zoned), known)
    if kinds <= {datetime.date} and kinds:
        return pd.to_datetime(series, errors="coerce").astype("M8[us]"), "date"
    if kinds <= {datetime.time} and kinds:
        return parse(series.map(str, na_action="ignore").astype(object), "%H:%M:%S.%f"), "time"
    if kinds != {str}:
        return None
    form = form_of(series)
    if known is not None and known.type.startswith("text "):
        form = known.type.removeprefix("text ")  # by which it is read, whatever else it may be
    elif known is not None and form is None:
        form = "%Y-%m-%d"
    if form is None:
        return None
    times = parse(series, form)
    zone = _zone(known.type) if known is not None and known.unit == "days" and is_utc(form) else None
    if zone is not None:  # whole days are those of the zone
        times = times.dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)
    return times, f"text {form}"


def _unit(micro: np.ndarray) -> str:
    return next((unit for unit, size in _UNITS.items() if not (micro % size).any()), "seconds")


def _zone(type_: str) -> str | None:
    if not type_.startswith("datetime64["):
        return None
    _, _, zone = type_.removesuffix("]").partition(", ")
    return zone or None


def _family(type_: str) -> str:
    """What the numbers count from: midnight, nothing, or 1970."""
    if type_ == "time" or type_.startswith("text %H"):
        return "clock"
    return "duration" if type_.startswith("timedelta64") or type_ == f"text {DURATION}" else "stamp"


def _limits(type_: str) -> tuple[int, int]:
    """The first and the last microsecond that a type has."""
    if "[ns" in type_:
        return -_NANOSECONDS, _NANOSECONDS
    if _family(type_) == "clock":
        return 0, _UNITS["days"] - 1
    if _family(type_) == "duration":
        return -(2**53), 2**53
    first, last = map(int, _YEARS)
    return first, last


def _tell_nanoseconds(times: "pd.Series", gaps: np.ndarray, source: str) -> None:
    nano = times.to_numpy()
    if nano.dtype.str.endswith("[ns]") and (nano[~gaps].astype(np.int64) % 1000).any():
        warnings.warn(
            f"{source}: times of column {times.name!r} are rounded down to microseconds.", stacklevel=5
        )
