"""The progress of a training: a bar on a terminal, a line now and then in a log. It goes to stderr."""

import math
import time
from typing import TYPE_CHECKING

from surjax.cli.output import an, messages

if TYPE_CHECKING:
    from surjax.runs import RunRecord
    from surjax.train import Progress

_SECONDS_BETWEEN_LINES = 20.0


class TrainingProgress:
    """Shows what `surjax.fit` tells as it goes; a context manager.

    Losses are in nats, or in bits/dim of images, those of a part of a model in bits. The time left is
    that to the last step or to the end of the minutes, whichever comes first.
    """

    def __init__(self, title: str, minutes: float | None = None):
        from rich import progress

        self._title, self._minutes = title, minutes
        self._console = messages()
        self._first: Progress | None = None
        self._dimensions: int | None = None
        self._word = "row"
        self._told = time.monotonic()
        self._bar = progress.Progress(
            progress.TextColumn("{task.description}", markup=False),
            progress.BarColumn(bar_width=20),
            progress.TimeElapsedColumn(),  # which goes on while a program compiles
            progress.TextColumn("{task.fields[note]}", markup=False),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task(title, total=None, note="reading the data …")

    def __enter__(self) -> "TrainingProgress":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begin(self, record: "RunRecord") -> None:
        """Say what is trained, once that is known: so losses get their unit, and examples their word.

        What was recognised in the data is told, a line each.
        """
        self._bar.update(self._task, note="finding where to start, and compiling …")
        self._dimensions, self._word = record.dimensions, record.form.word
        for remark in record.form.remarks:
            self._console.print(remark, soft_wrap=True, markup=False)

    def measure(self, done: int, n: int) -> None:
        """Show how far the measurement after the training is."""
        self._bar.update(self._task, total=n, completed=done, note=f"measuring {done:,}/{n:,}")

    def __call__(self, progress: "Progress") -> None:
        """Show how far the training is."""
        if self._first is not None and progress.part != self._first.part:
            self._first = None
        note = self._note(progress)
        self._bar.update(self._task, total=progress.steps, completed=progress.step, note=note)
        last, waited = progress.step >= progress.steps, time.monotonic() - self._told
        if not self._console.is_terminal and (last or waited > _SECONDS_BETWEEN_LINES):
            self._console.print(f"{self._title}  {note}", soft_wrap=True)
            self._told = time.monotonic()

    def _note(self, progress: "Progress") -> str:
        rate, left = self._pace(progress)
        unit, scale, digits = _unit(self._dimensions, self._word, progress.part)
        parts = [*([progress.part] if progress.part else []), f"{progress.step}/{progress.steps}"]
        if progress.step:  # before the first there is no pace and no loss to tell
            parts += [
                f"{rate:,.0f} steps/s" if rate >= 1 or unit == "nats" else f"{rate:.2f} steps/s",
                f"{_clock(left)} left",
                f"loss {scale * progress.train_loss:.{digits}f} {unit}",
            ]
        if progress.step and unit != "nats" and math.isfinite(progress.examples_per_second):
            parts.insert(-2, f"{progress.examples_per_second:,.0f} {self._word}s/s")
        if math.isfinite(progress.best_loss):
            parts.append(f"best validation {scale * progress.best_loss:.{digits}f}")
        if progress.bad_steps:
            parts.append(f"{progress.bad_steps} steps skipped")
        return "  ".join(parts)

    def _pace(self, progress: "Progress") -> tuple[float, float]:
        """Steps a second since this session began, and the seconds left."""
        first = self._first or progress
        self._first = first
        steps, seconds = progress.step - first.step, progress.seconds - first.seconds
        if progress is first:
            steps, seconds = progress.step, progress.seconds
        rate = steps / max(seconds, 1e-9)
        left = (progress.steps - progress.step) / max(rate, 1e-9)
        if self._minutes is not None:
            left = min(left, 60 * self._minutes - progress.seconds)
        return rate, max(left, 0.0)


class ChunkProgress:
    """Shows how many examples are measured, on a terminal; a context manager."""

    def __init__(self, title: str):
        from rich import progress

        console = messages()
        columns = (*progress.Progress.get_default_columns(), progress.MofNCompleteColumn())
        self._bar = progress.Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._bar.add_task(title, total=None)

    def __enter__(self) -> "ChunkProgress":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, done: int, n: int) -> None:
        """Show how far it is."""
        self._bar.update(self._task, total=n, completed=done)


class StudyProgress:
    """Shows the trainings of a study one after another, each of so many minutes; a context manager."""

    def __init__(self, minutes: float | None = None):
        self._minutes, self._title, self._current = minutes, "", TrainingProgress("")

    def begin(self, title: str, record: "RunRecord") -> None:
        """Say what is trained under that title; see `TrainingProgress.begin`."""
        self._go_to(title)
        self._current.begin(record)

    def __enter__(self) -> "StudyProgress":
        return self

    def __exit__(self, *_: object) -> None:
        self._current.__exit__()

    def __call__(self, title: str, progress: "Progress") -> None:
        """Show how far the training of that title is."""
        self._go_to(title)
        self._current(progress)

    def _go_to(self, title: str) -> None:
        if title != self._title:
            self._current.__exit__()
            self._title, self._current = title, TrainingProgress(title, self._minutes).__enter__()


def _unit(dimensions: int | None, word: str, part: str = "") -> tuple[str, float, int]:
    """The unit that losses are shown in, what a nat an example is in it, and how many digits it gets.

    That of a part of a model is in bits an example, which add up to those of the whole.
    """
    if dimensions is None:
        return "nats", 1.0, 4
    if part:
        return f"bits {an(word)}", 1 / math.log(2), 1
    return "bits/dim", 1 / (dimensions * math.log(2)), 4


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
