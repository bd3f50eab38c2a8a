"""Which columns of a file of text are read as they are spelled, and which as numbers."""

import re
import shlex
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from surjax.data.faults import Faults
from surjax.data.missing import OPTION
from surjax.data.number_text import MISSING, as_numbers

if TYPE_CHECKING:
    import pandas as pd

_LEADING_ZERO = re.compile(r"[+-]?0\d+")
"""Digits that begin with a zero: a code, such as that of a town, and no number."""
_MANY = 20
"""More different numbers than these are no names of categories, however many texts stand among them."""


def as_declared(
    frame: "pd.DataFrame",
    spelled: "pd.DataFrame",
    declared: Mapping[str, str],
    source: str,
    faults: Faults,
    decimal: str = ".",
    gaps: bool = False,
) -> "pd.DataFrame":
    """The columns of numbers as numbers, and all others as they are spelled, "" being what is missing.

    A column that is declared, because it is known from before or the user says so, is what it is declared to
    be. One that is not holds numbers where all that it has are some, and none begins with a zero before other
    digits; so 007, TRUE and NA are the texts that they are, whatever the other rows of the file hold. Numbers
    may have thousands separators and a sign of money or percent, of which a warning tells, and texts that
    mark a missing number, such as ? and -, may stand among them.

    Args:
        frame: the columns, of the types that pandas gives them.
        spelled: the same columns as they are spelled.
        declared: the kinds of some columns.
        source: the file, for errors and warnings.
        faults: what is done with texts that mark a missing number.
        decimal: the decimal sign of the file, where a number leaves open which it is.
        gaps: whether cells may be missing, so that such texts are told and no fault.
    """
    import pandas as pd

    chosen = []
    for i, name in enumerate(frame.columns):
        typed, texts = frame.iloc[:, i], spelled.iloc[:, i]
        kind = declared.get(str(name))
        numbers = pd.api.types.is_numeric_dtype(typed) and not pd.api.types.is_bool_dtype(typed)
        numbers = numbers and (bool(typed.notna().any()) or bool((texts == "").all()))
        if kind is None and numbers:
            numbers = not has_leading_zeros(texts)
        written = None
        if not numbers and kind != "categorical":
            written = _written_numbers(texts, kind is not None, source, faults, decimal, gaps)
        as_texts = kind == "categorical" if kind is not None else not numbers
        if written is not None:
            chosen.append(written)
        else:
            chosen.append(texts.where(texts != "", None).astype(object) if as_texts else typed)
    return pd.concat(chosen, axis=1)


def has_leading_zeros(texts: "pd.Series") -> bool:
    """Whether some texts are digits that begin with a zero, and so a code rather than a number."""
    return any(_LEADING_ZERO.fullmatch(text) for text in texts.unique() if isinstance(text, str))


def _written_numbers(
    texts: "pd.Series", declared: bool, source: str, faults: Faults, decimal: str, gaps: bool
) -> "pd.Series | None":
    """The texts as numbers, NaN where they mark a missing one; None where they are no numbers."""
    marks = texts.str.lower().isin(MISSING)
    held: Any = texts[(texts != "") & ~marks]
    found = as_numbers(held, decimal)
    if found is None or (not declared and has_leading_zeros(held)):
        return None
    if not declared and marks.sum() >= len(held) and held.nunique() <= _MANY:
        return None  # some names of categories look like numbers
    if found.told:
        warnings.warn(
            f"{source}: column {texts.name!r} is read as numbers {found.told}; "
            f"--kinds {shlex.quote(f'{texts.name}=categorical')} takes the texts.",
            stacklevel=5,
        )
    if gaps and marks.any():
        marked: Any = texts[marks]
        said = ", ".join(repr(text) for text in marked.unique())
        warnings.warn(
            f"{source}: {int(marks.sum())} cells of column {texts.name!r} that say {said} are taken as "
            f"missing; --kinds {shlex.quote(f'{texts.name}=categorical')} takes the texts.",
            stacklevel=5,
        )
        return found.values.reindex(texts.index)
    faults.note(
        marks.to_numpy(),
        lambda row: (
            f"column {texts.name!r} of {source} has {texts.iloc[row]!r} in row {row + 1}, which seems to "
            "mark a missing value"
        ),
        f"fill it in, leave such rows out, declare the column categorical, or model gaps by {OPTION}",
    )
    return found.values if len(held) == len(texts) else found.values.reindex(texts.index).astype(np.float64)
