"""metrics.jsonl: one line an evaluation, written as training goes."""

import contextlib
import math
import warnings
import zlib
from pathlib import Path
from typing import IO, Any

from surjax.files import cannot_read, cannot_write, write_atomically
from surjax.json_text import json_from_text, json_text
from surjax.pictures.curves import METRICS
from surjax.train import Progress

_NUMBER = (int, float, bool, type(None))
_CHECKSUM = "crc32"
"""What ends a line: the CRC-32 of what it says, so that a damaged one is noticed."""
_LEFT_OUT = ("evaluated", "part", "flow")
"""What every line of a file would say alike, and the model."""


class MetricsFile:
    """Appends one JSON object an evaluation to a run's metrics.jsonl; a context manager.

    A run that was killed may have told of steps after its last checkpoint. When it is resumed it takes
    those steps again, and their old lines are left out; so are lines that cannot be read, with a warning.

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
            self._file.write(_signed(line))
            self._file.flush()
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def __enter__(self) -> "MetricsFile":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                raise cannot_write(self._path, error) from error

    def _keep_before(self, step: int) -> None:
        if not self._path.exists():
            return
        lines, damaged = read_metrics(self._path)
        if damaged:
            warnings.warn(
                f"{damaged} lines of {self._path} could not be read and are left out.", stacklevel=2
            )
        with write_atomically(self._path) as path, path.open("w", encoding="utf-8") as file:
            file.writelines(_signed(line) for line in lines if line["step"] < step)


def last_evaluation(folder: Path) -> dict[str, Any]:
    """The last line of a run's metrics.jsonl; empty where there is none."""
    lines = read_metrics(folder / METRICS)[0] if (folder / METRICS).exists() else []
    return lines[-1] if lines else {}


def _signed(line: dict[str, Any]) -> str:
    text = json_text(line)
    return f'{text[:-1]}, "{_CHECKSUM}": {zlib.crc32(text.encode())}}}\n'


def read_metrics(path: Path) -> tuple[list[dict[str, Any]], int]:
    """The lines of a run's metrics.jsonl, and how many others are none: cut short, or damaged.

    A line's step is a whole number, and what else it holds are numbers, truth values, or None for what was
    not finite.

    Raises RunError where there is no file that can be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise cannot_read(path, error) from error
    whole: list[tuple[dict[str, Any], bool]] = []
    texts = content.decode("utf-8", "replace").splitlines()
    for text in texts:
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            whole.append(_line(text))
    signed = any(has_checksum for _, has_checksum in whole)  # a line without one has lost it
    lines = [line for line, has_checksum in whole if has_checksum or not signed]
    return lines, len(texts) - len(lines)


def _line(text: str) -> tuple[dict[str, Any], bool]:
    """What a line says, and whether it has a checksum, as early ones have not; raises where it is none."""
    line = json_from_text(text)
    checksum = line.pop(_CHECKSUM, None)
    if checksum is not None and _signed(line) != text + "\n":
        raise ValueError("it is not what was written")
    if type(line["step"]) is not int or not all(isinstance(value, _NUMBER) for value in line.values()):
        raise TypeError("it is no evaluation")
    return line, checksum is not None
