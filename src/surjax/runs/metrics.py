"""metrics.jsonl: one line an evaluation, written as training goes."""

import json
import math
from pathlib import Path
from typing import IO, Any

from surjax.files import cannot_write, write_atomically
from surjax.json_text import json_text
from surjax.pictures.curves import METRICS
from surjax.train import Progress

_LEFT_OUT = ("evaluated", "part", "flow")
"""What every line of a file would say alike, and the model."""


class MetricsFile:
    """Appends one JSON object an evaluation to a run's metrics.jsonl; a context manager.

    A run that was killed may have told of steps after its last checkpoint. When it is resumed it takes
    those steps again, and their old lines are left out.

    Losses are in nats an example; with `dimensions`, how many numbers an example of discrete values has,
    they are there in bits/dim too.
    """

    def __init__(self, folder: Path, dimensions: int | None = None):
        self._path = folder / METRICS
        self._dimensions = dimensions
        self._file: IO[str] | None = None

    def __call__(self, progress: Progress) -> None:
        """Write one line; SurjaxError where the disk does not take it."""
        try:
            if self._file is None:
                self._keep_before(progress.step)
                self._file = self._path.open("a", encoding="utf-8")
            line = {name: value for name, value in progress._asdict().items() if name not in _LEFT_OUT}
            if self._dimensions is not None:
                nats = self._dimensions * math.log(2)
                line["train_bits_per_dim"] = progress.train_loss / nats
                line["validation_bits_per_dim"] = progress.validation_loss / nats
            self._file.write(json_text(line) + "\n")
            self._file.flush()
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def __enter__(self) -> "MetricsFile":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def _keep_before(self, step: int) -> None:
        if self._path.exists():
            lines = self._path.read_text(encoding="utf-8").splitlines(keepends=True)
            with write_atomically(self._path) as path:
                path.write_text("".join(line for line in lines if _step(line) < step), encoding="utf-8")


def last_evaluation(folder: Path) -> dict[str, Any]:
    """The last line of a run's metrics.jsonl; empty where there is none."""
    path = folder / METRICS
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    whole = [line for line in lines if _step(line) < math.inf]
    return json.loads(whole[-1]) if whole else {}


def _step(line: str) -> float:
    """The step of a line; infinite where it was cut short."""
    try:
        return json.loads(line)["step"]
    except (ValueError, KeyError, TypeError):
        return math.inf
