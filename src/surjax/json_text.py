"""JSON as every report writes it, and as a file that may be a stranger's is read."""

import json
import math
from pathlib import Path
from typing import Any

MOST_BYTES = 1 << 26
"""The size up to which a JSON file is read: 64 MiB."""
_MOST_DIGITS = 20


def json_text(value: Any, indent: int | None = None) -> str:
    """The JSON text of plain containers, text and numbers (NumPy's too).

    A number that is not finite becomes null, so that any reader can read it, and what UTF-8 cannot write of
    a file's name becomes an escape, from which a reader gets the name back.

    >>> json_text({"loss": float("nan"), "steps": 3})
    '{"loss": null, "steps": 3}'
    """
    text = json.dumps(_plain(value), indent=indent, allow_nan=False, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def read_json(path: Path, most_bytes: int = MOST_BYTES) -> Any:
    """What a JSON file holds, as strictly as `json_from_text`.

    Raises:
        ValueError: it is larger than most_bytes, or not of that form.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise ValueError(f"it has more than {most_bytes >> 20} MiB")
    return json_from_text(content.decode("utf-8"))


def json_from_text(text: str) -> Any:
    """What a JSON text says: each key once, integers of at most 20 digits and numbers that are finite.

    Raises ValueError, in words that can stand in brackets, where it is none such or is nested too deep.

    >>> json_from_text('{"steps": 3}')
    {'steps': 3}
    """
    try:
        return json.loads(
            text, object_pairs_hook=_once, parse_int=_int, parse_float=_float, parse_constant=_no_constant
        )
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("it has a key twice")
    return fields


def _int(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"it has an integer of {len(digits)} digits")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("it has a number that is too large")
    return number


def _no_constant(name: str) -> float:
    raise ValueError(f"it has {name}, which is no JSON")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if hasattr(value, "item"):  # a number of NumPy or JAX
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
