"""What goes where: results to stdout, everything else to stderr."""

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surjax.cli.command import Command
from surjax.errors import ConfigError, SurjaxError
from surjax.files import cannot_write

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

DOCUMENTS = (".csv", ".tsv", ".parquet", ".npz", ".npy")
"""The types of table that a command can write."""
PICTURES = (".png", ".pdf", ".svg")
"""The types of figure that a command can write."""


def messages() -> "Console":
    """The console of progress and remarks: stderr."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def print_result(command: Command, result: dict[str, Any]) -> None:
    """Print what a command found, for people or as JSON; SurjaxError where stdout does not take it."""
    from surjax.json_text import json_text

    try:
        if command.json:
            print(json_text(result))
        else:
            from rich.console import Console

            # a file or a pipe has no width of its own, and Rich would cut its tables at 80 columns
            width = None if sys.stdout.isatty() else 140
            plain: Any = {"highlight": False, "markup": False, "emoji": False}  # names may look like either
            command.show(result, Console(**plain, soft_wrap=True, width=width))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise cannot_write("to the standard output", error) from error


@contextlib.contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """Send to stderr what the block writes to stdout, what libraries of C++ write there included.

    Those that connect processes (Gloo) announce themselves on the stdout of the process.
    """
    sys.stdout.flush()
    stdout = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(stdout, 1)
        os.close(stdout)


def print_commands(summaries: Mapping[str, str]) -> None:
    """Print the help of `surjax` itself."""
    width = max(map(len, summaries))
    print("usage: surjax COMMAND …\n\nLikelihood-based generative modelling in JAX.\n")
    for name, summary in summaries.items():
        print(f"  {name:<{width}}  {summary}")
    print("\n`surjax COMMAND --help` tells the flags of a command; `surjax --version` the version.")


def table(*columns: str, numbers: Sequence[str] = ()) -> "Table":
    """An empty table with these columns; those in `numbers` are aligned to the right."""
    from rich import box
    from rich.table import Table

    empty = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        empty.add_column(column, justify="right" if column in numbers else "left")
    return empty


def number(value: float | None, form: str = ".4f") -> str:
    """A number as text; a dash where there is none."""
    return "–" if value is None else format(value, form)


def check_out(path: Path, suffixes: Sequence[str]) -> None:
    """Raise before the work begins where a file could not be written after it."""
    if path.suffix.lower() not in suffixes:
        raise ConfigError(f"{path} ends in {path.suffix or 'nothing'!r}: write one of {', '.join(suffixes)}.")
    if path.is_dir():
        raise SurjaxError(f"cannot write {path}: it is a folder; give the name of a file.")
    if not path.parent.is_dir():
        raise SurjaxError(f"cannot write {path}: there is no folder {path.parent}; make it first.")


def an(word: str) -> str:
    """A word with the article that it takes: a row, an image."""
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
