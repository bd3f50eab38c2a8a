"""Whether a value is what a class declares its field to be, for what comes from a file."""

import functools
import typing
from typing import Any

import numpy as np

_PLAIN = (bool, int, float, str, type(None))


def undeclared(cls: type, fields: dict[str, Any]) -> str:
    """Which of the fields of a class is of another type than it declares, told; empty where none is.

    An integer will do for a float, and an array for whatever is not declared to be plain: neither a number,
    a text nor a sequence of them. What is declared in a way that cannot be resolved is not looked at.

    >>> import dataclasses
    >>> @dataclasses.dataclass
    ... class Point:
    ...     x: float
    >>> undeclared(Point, {"x": 1}), undeclared(Point, {"x": "1"})
    ('', "x is '1' and should be float")
    """
    hints = _hints(cls)
    for name, value in fields.items():
        hint = hints.get(name, Any)
        if not _fits(value, hint):
            told = hint.__name__ if isinstance(hint, type) else str(hint).replace("typing.", "")
            shown = " ".join(repr(value).split())
            shown = shown if len(shown) <= 80 else f"{shown[:77]}…"
            return f"{name} is {shown} and should be {told}"
    return ""


def _fits(value: Any, hint: Any) -> bool:
    from typeguard import CollectionCheckStrategy, ForwardRefPolicy, TypeCheckError, check_type

    if hasattr(value, "shape") and hasattr(value, "dtype"):  # how it is batched, an annotation does not say
        return not _is_plain(hint)
    if isinstance(value, bool) and hint in (int, float):
        return False
    try:
        check_type(
            value,
            hint,
            forward_ref_policy=ForwardRefPolicy.IGNORE,
            collection_check_strategy=CollectionCheckStrategy.ALL_ITEMS,
        )
    except TypeCheckError:
        return isinstance(value, np.generic)
    return True


def _is_plain(hint: Any) -> bool:
    """Whether nothing but plain values and sequences of them is declared, so that no array will do."""
    if hint is float:  # a setting that a program has computed
        return False
    if hint in _PLAIN or hint is Ellipsis:
        return True
    if typing.get_origin(hint) is typing.Literal:
        return True
    parts = typing.get_args(hint)
    return bool(parts) and all(map(_is_plain, parts))


@functools.cache
def _hints(cls: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(cls)
    except Exception:  # a name that is known to type checkers only, in whatever way that fails
        return {}
