"""Dates, times of day and durations as texts write them."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_DATES = {
    "%Y-%m-%d": r"\d{4}-\d\d-\d\d",
    "%Y/%m/%d": r"\d{4}/\d\d?/\d\d?",
    "%d.%m.%Y": r"\d\d?\.\d\d?\.\d{4}",
    "%d/%m/%Y": r"(?P<first>\d\d?)/(?P<second>\d\d?)/\d{4}",
}
_CLOCK = r"\d?\d:\d\d(?P<seconds>:\d\d(?P<fraction>\.\d{1,9})?)?"
_ZONE = r"(?P<zone> ?Z| ?[+-]\d\d:?\d\d)?"
_STAMPS = {
    form: re.compile(rf"{date}(?:(?P<separator>[T ]){_CLOCK}{_ZONE})?") for form, date in _DATES.items()
}
_TIME = re.compile(_CLOCK)
_DURATION = re.compile(r"-?\d+ days?(?: [+-]?\d\d:\d\d:\d\d(?:\.\d+)?)?")

DURATION = "duration"
"""The form of texts such as "2 days 03:00:00", which pandas writes of durations."""


def form_of(texts: "pd.Series") -> str | None:
    """How all texts write a date, a time stamp or a time of day, as `strftime` says it, or `DURATION`.

    Dates are 2024-01-31, 2024/01/31, 31.01.2024, and 31/01/2024 or 01/31/2024 where some day is above 12, so
    that it is one of them only. Time stamps have T or a blank after the date. None where it is none of these.

    >>> import pandas as pd
    >>> form_of(pd.Series(["2024-01-31 06:30", "2024-02-01 17:45"])), form_of(pd.Series(["a"]))
    ('%Y-%m-%d %H:%M', None)
    """
    different = [text.strip() for text in texts.dropna().unique()]
    if not different:
        return None
    if all(map(_DURATION.fullmatch, different)):
        return DURATION
    if found := _all_match(_TIME, different):
        return _clock(found)
    for form, pattern in _STAMPS.items():
        if found := _all_match(pattern, different):
            return _stamp(form, found)
    return None


def _all_match(pattern: re.Pattern, texts: list[str]) -> list[re.Match] | None:
    """The match of each text; None where one has none."""
    found = []
    for text in texts:
        match = pattern.fullmatch(text)
        if match is None:
            return None
        found.append(match)
    return found


def _stamp(form: str, found: list[re.Match]) -> str | None:
    if form == "%d/%m/%Y":
        days_first, months_first = (
            any(int(match[part]) > 12 for match in found) for part in ("first", "second")
        )
        if days_first == months_first:
            return None
        form = form if days_first else "%m/%d/%Y"
    separators = {match["separator"] for match in found}
    if separators == {None}:
        return form
    if len(separators) > 1 or len({match["zone"] is None for match in found}) > 1:
        return None
    zone = found[0]["zone"]
    written = "" if zone is None else "Z" if {match["zone"] for match in found} == {"Z"} else "+00:00"
    return f"{form}{separators.pop()}{_clock(found)}{written}"


def _clock(found: list[re.Match]) -> str:
    if all(match["seconds"] is None for match in found):
        return "%H:%M"
    return "%H:%M:%S" + (".%f" if any(match["fraction"] for match in found) else "")


def parse(texts: "pd.Series", form: str) -> "pd.Series":
    """Texts of a form as naive time stamps, in UTC where they tell their zone, or as durations, of times of
    day too; what is none of that form is NaT.

    >>> import pandas as pd
    >>> parse(pd.Series(["31.01.2024", "31.02.2024"]), "%d.%m.%Y").isna().tolist()
    [False, True]
    """
    import pandas as pd

    texts = texts.str.strip()
    if form == DURATION:
        return pd.to_timedelta(texts, errors="coerce")
    if "%Y" not in form:
        clock = texts.where(texts.isna() | (texts.str.count(":") == 2), texts + ":00")
        return pd.to_timedelta(clock, errors="coerce")
    if form.startswith("%Y-%m-%d"):
        form = "ISO8601"  # which takes fractions that only some texts have
    elif "%H" in form:
        form = form.removesuffix("Z").removesuffix("+00:00") + ("%z" if is_utc(form) else "")
    stamps = pd.to_datetime(texts, format=form, errors="coerce", utc=True)
    return stamps.dt.tz_localize(None)


def is_utc(form: str) -> bool:
    """Whether texts of a form tell their zone; samples of them are in UTC."""
    return form.endswith(("Z", "+00:00"))
