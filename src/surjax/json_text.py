"""JSON as every report writes it: NaN and the infinities, which JSON does not have, become null."""

import json
import math
from typing import Any


def json_text(value: Any, indent: int | None = None) -> str:
    """The JSON text of plain containers, text and numbers (NumPy's too).

    A number that is not finite becomes null, so that any reader can read it.

    >>> json_text({"loss": float("nan"), "steps": 3})
    '{"loss": null, "steps": 3}'
    """
    return json.dumps(_plain(value), indent=indent, allow_nan=False, ensure_ascii=False)


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
