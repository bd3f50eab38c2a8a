"""What the tests of the commands need."""

import json
import os
from pathlib import Path
from typing import Any

TINY = ["--num-couplings", "1", "--hidden", "8", "--steps", "20", "--learning-rate", "0.01"]
"""A model and a training that take a moment."""


def tree(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below a folder, with its content."""
    return {
        os.fspath(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def read_json(text: str) -> dict[str, Any]:
    """The one JSON object that a text holds; NaN and the infinities are mistakes."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)
