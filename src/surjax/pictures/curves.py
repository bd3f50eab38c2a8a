"""The picture of how trainings went: validation bits/dim over minutes."""

import contextlib
import io
from collections.abc import Mapping
from pathlib import Path

from surjax.files import write_atomically
from surjax.json_text import json_from_text

METRICS = "metrics.jsonl"
"""The file of a run's folder that has a line an evaluation."""


def write_curves(path: Path, runs: Mapping[str, Path], unit: str = "bits/dim") -> None:
    """Write `curves` into a file, whole or not at all."""
    with write_atomically(path) as temporary:
        temporary.write_bytes(curves(runs, unit))


def curves(runs: Mapping[str, Path], unit: str = "bits/dim") -> bytes:
    """Validation bits/dim over minutes of training as a PNG, with a line for each run's folder, by name.

    What was not evaluated on validation images has no line. unit says what the axis is of: the bits of a
    stage are for each number of the image that it makes, and no bits/dim of the model.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    for name, folder in runs.items():
        minutes, bits = _history(folder)
        axes.plot(minutes, bits, marker=".", label=name)
    axes.set(xlabel="minutes of training", ylabel=f"validation {unit}")
    axes.grid(alpha=0.3)
    for text in axes.legend().get_texts():
        text.set_parse_math(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()


def _history(folder: Path) -> tuple[list[float], list[float]]:
    path, lines = folder / METRICS, []
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []:
        with contextlib.suppress(ValueError):  # a line that was cut short
            lines.append(json_from_text(text))
    known = [
        line
        for line in lines
        if isinstance(line, dict)
        and isinstance(line.get("validation_bits_per_dim"), float)
        and isinstance(line.get("seconds"), float)
    ]
    return [line["seconds"] / 60 for line in known], [line["validation_bits_per_dim"] for line in known]
