"""Numbers as texts write them: with thousands separators, a decimal comma, percent and money signs."""

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

_SIGNS = r"[$€£¥₹₽₩₺%‰]|USD|EUR|GBP|JPY|CNY|INR|CHF|AUD|CAD|NZD|SEK|NOK|DKK|PLN|kr\.?|zł|Fr\.?|R\$"
_WHOLE = re.compile(
    rf"(?P<minus>[-+−]?)\s*(?P<before>{_SIGNS})?\s*(?P<sign>[-+−]?)"
    rf"(?P<number>[.,]?\d[\d.,'’\s]*(?:[eE][-+]?\d+)?)\s*(?P<after>{_SIGNS})?"
)
_THOUSANDS = {".": (",", " ", "'"), ",": (".", " ", "'")}
"""What may stand between thousands, by the decimal sign."""

MISSING = frozenset({"?", "-", "--", ".", "..", "*", "–", "—", "missing", "unknown", "n.a.", "none", "nil"})
"""Texts that mark a missing number, in lower case, beside those that pandas knows (NA, null, …)."""


class NumberTexts(NamedTuple):
    """A column of texts as numbers; told: what was left out of them, or ""."""

    values: "pd.Series"
    told: str


def as_numbers(texts: "pd.Series", decimal: str = ".") -> NumberTexts | None:
    """Texts as numbers, where each of them is written as one, by one convention and in one unit; else None.

    Signs of money and percent are left out, so that 12 % is 12; a minus may stand before or after them.

    Args:
        texts: without missing ones.
        decimal: the decimal sign where the texts leave open which it is, as 1,234 does.

    >>> import pandas as pd
    >>> as_numbers(pd.Series(["$1,200", "$3.50"])).values.tolist()
    [1200.0, 3.5]
    >>> as_numbers(pd.Series(["1.234,5 €", "-3,25 €"])).values.tolist()
    [1234.5, -3.25]
    >>> as_numbers(pd.Series(["$3", "€4"])) is None
    True
    """
    import pandas as pd

    different = list(texts.unique())
    found = [_WHOLE.fullmatch(text.strip()) for text in different]
    matches = [match for match in found if match is not None]
    if not matches or len(matches) < len(found):
        return None
    units = {(match["before"], match["after"]) for match in matches}
    if len(units) > 1 or any(match["minus"] and match["sign"] for match in matches):
        return None
    numbers = [re.sub(r"\s", " ", match["number"].strip()).replace("’", "'") for match in matches]
    signs = (decimal, "," if decimal == "." else ".")
    conventions = ((point, thousands) for point in signs for thousands in _THOUSANDS[point])
    chosen = next((signs for signs in conventions if all(_fits(text, *signs) for text in numbers)), None)
    if chosen is None:
        return None
    point, thousands = chosen
    plain = [text.replace(thousands, "").replace(point, ".") for text in numbers]
    negative = [(match["minus"] or match["sign"]) in ("-", "−") for match in matches]
    value_of = {
        text: -float(number) if minus else float(number)
        for text, number, minus in zip(different, plain, negative, strict=True)
    }
    values = pd.Series([value_of[text] for text in texts], index=texts.index, name=texts.name)
    if all(re.fullmatch(r"\d+", number) for number in plain) and values.abs().max() < 2**53:
        values = values.astype("int64")
    left_out = sorted({sign for unit in units for sign in unit if sign})
    if any(thousands in text for text in numbers):
        left_out.append(f"{'blanks' if thousands == ' ' else thousands} between thousands")
    told = f"without {' and '.join(left_out)}" if left_out else ""
    if point == "," and decimal == "." and any("," in text for text in numbers):
        told = f"with a decimal comma{' and ' if told else ''}{told}"
    return NumberTexts(values, told)


def _fits(text: str, point: str, thousands: str) -> bool:
    """Whether a number without its sign is written by a convention."""
    whole = rf"(?:\d+|\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+)"
    point = re.escape(point)
    return re.fullmatch(rf"(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][-+]?\d+)?", text) is not None
