"""One writer at a time in a run's folder."""

import contextlib
import datetime
import json
import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from surjax.errors import RunError
from surjax.files import cannot_write, make_folder

try:
    import fcntl
except ImportError:  # Windows, where nothing is locked
    fcntl: Any = None

LOCK = ".lock"
"""The file by which a process holds a folder while it writes there."""


@contextlib.contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Hold a folder, made where it is not there, so that no other process trains into it meanwhile.

    The lock is the kernel's (flock), which lets go of it when the process ends, however it ends; the file
    only says who it is, and is removed at the end. Over NFS it is as good as the server's locks: a mount
    with `nolock` or `local_lock=flock` keeps apart only the processes of one host. Reading needs no lock.

    Raises:
        RunError: another process holds it, which is named.
        SurjaxError: the folder cannot be made or written.
    """
    made = not folder.exists()
    file = _locked(folder)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if _is_at(file, folder / LOCK):  # the folder may have been removed, and be another's by now
                (folder / LOCK).unlink()
                if made:
                    folder.rmdir()  # which it can only be while nothing lies there
        file.close()


def require_unheld(folder: Path) -> None:
    """RunError, which names who it is, where a process holds a folder. It is not held here."""
    with (
        contextlib.suppress(FileNotFoundError, PermissionError),
        (folder / LOCK).open(encoding="utf-8") as file,
    ):
        try:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _held(folder, file) from None


def _locked(folder: Path) -> IO[str]:
    """The open file of a lock that this process holds."""
    path = folder / LOCK
    while True:
        make_folder(folder)
        try:
            file = path.open("a+", encoding="utf-8")
        except FileNotFoundError:  # the one before removed the folder, as nothing had been trained into it
            continue
        except OSError as error:
            raise cannot_write(path, error) from error
        try:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not _is_at(file, path):  # it was removed by the one before, as it let go
                file.close()
                continue
            _sign(file)
        except BlockingIOError:
            error = _held(folder, file)
            file.close()
            raise error from None
        except OSError as error:
            file.close()
            raise cannot_write(path, error) from error
        return file


def _sign(file: IO[str]) -> None:
    """Say in the file who holds it."""
    since = datetime.datetime.now().astimezone().isoformat(" ", "seconds")
    file.truncate(0)
    json.dump({"host": platform.node(), "process": os.getpid(), "since": since}, file)
    file.flush()


def _held(folder: Path, file: IO[str]) -> RunError:
    return RunError(
        f"{folder} is being written by {_holder(file)}: wait until that has ended, or name another folder "
        "with --out."
    )


def _holder(file: IO[str]) -> str:
    """Who holds the lock, in words."""
    try:
        file.seek(0)
        told = json.loads(file.read(10_000))
        return f"process {int(told['process'])} on {str(told['host'])!r} since {str(told['since'])[:40]}"
    except (OSError, ValueError, KeyError, TypeError):  # it is just being written
        return "another process"


def _is_at(file: IO[str], path: Path) -> bool:
    """Whether an open file is the one that lies at this path."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
