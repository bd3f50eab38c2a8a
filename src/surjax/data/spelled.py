"""Which columns of a file of text are read as they are spelled."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_LEADING_ZERO = re.compile(r"[+-]?0\d+")
"""Digits that begin with a zero: a code, such as that of a town, and no number."""


def as_declared(
    frame: "pd.DataFrame", spelled: "pd.DataFrame", declared: Mapping[str, str]
) -> "pd.DataFrame":
    """The columns of numbers as numbers, and all others as they are spelled, "" being what is missing.

    A column that is declared, because it is known from before or the user says so, is what it is declared to
    be. One that is not holds numbers where all that it has are some, and none begins with a zero before other
    digits; so 007, TRUE and NA are the texts that they are, whatever the other rows of the file hold.

    Args:
        frame: the columns, of the types that pandas gives them.
        spelled: the same columns as they are spelled.
        declared: the kinds of some columns.
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
        as_numbers = numbers if kind is None else kind != "categorical"
        chosen.append(typed if as_numbers else texts.where(texts != "", None).astype(object))
    return pd.concat(chosen, axis=1)


def has_leading_zeros(texts: "pd.Series") -> bool:
    """Whether some texts are digits that begin with a zero, and so a code rather than a number."""
    return any(_LEADING_ZERO.fullmatch(text) for text in texts.unique() if isinstance(text, str))
