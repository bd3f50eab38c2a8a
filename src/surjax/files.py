"""Files that are written whole or not at all.

A file is written under another name in the folder where it is to lie, and renamed when it is complete.
A reader, or a program that is stopped half-way, never sees half a file, and what was there before stays
until the new one is ready. What a writer that was killed left behind is removed by the next one.
"""

import contextlib
import errno
import functools
import hashlib
import os
import platform
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from surjax.errors import RunError, SurjaxError

_REASONS = {
    errno.ENOSPC: "the disk is full: free some space or write elsewhere",
    errno.EDQUOT: "your disk quota is used up: free some space or write elsewhere",
    errno.EROFS: "the file system is read-only: write elsewhere",
    errno.EACCES: "permission is denied: write elsewhere or change the permission",
    errno.EPERM: "permission is denied: write elsewhere or change the permission",
    errno.ENAMETOOLONG: "the name is too long: give a shorter one",
}
_TEMPORARY = re.compile(r"\..*-(?P<host>[0-9a-f]{4})-(?P<process>[0-9]+)-[0-9a-f]{8}(\.[^.]*)?", re.DOTALL)
"""The name of a temporary file: that of the file to be, the host and the process that write it."""
_EARLY = re.compile(r"\.(run|config|weights|metrics|budget)-[0-9a-f]{8}\.\w+")
"""The names that a run's temporary files had before."""
_SWEPT: set[Path] = set()
"""The folders in which this process has looked for what killed writers left."""


def cannot_write(path: str | os.PathLike, error: OSError) -> SurjaxError:
    """Say in one sentence why `path` could not be written.

    Args:
        path: the file or folder that the user asked for.
        error: what the operating system answered.

    Returns:
        The error to raise; it is not raised here.
    """
    short = "requested and" in str(error)  # how NumPy tells that the disk took a part only
    number = errno.ENOSPC if short else error.errno or 0
    reason = _REASONS.get(number) or error.strerror or str(error) or "it failed"
    return SurjaxError(f"cannot write {os.fspath(path)}: {reason}.")


def cannot_read(path: str | os.PathLike, error: OSError) -> RunError:
    """Say in one sentence why a file of a run or model could not be opened; the error is not raised here."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return RunError(f"cannot read {os.fspath(path)}: permission is denied: ask its owner for it.")
    return RunError(f"cannot read {os.fspath(path)}: {error.strerror or error}.")


@contextlib.contextmanager
def write_atomically(path: str | os.PathLike) -> Iterator[Path]:
    """Give a temporary path to write to, and rename it to `path` when the block ends well.

    The temporary file lies in the same folder and ends in the same suffix, because NumPy, pandas and
    Matplotlib choose the format by it. It is removed when the block raises, also on Ctrl-C. A device
    or a pipe, such as /dev/stdout, cannot be replaced and is written in place.

    Args:
        path: the file to be. Its folder must exist.

    Yields:
        The path to write to inside the block.

    Raises:
        SurjaxError: the folder is missing, `path` is a folder, or the operating system refused
            (disk full, read-only, no permission), during the block or after it.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with write_atomically(folder / "note.txt") as temporary:
    ...     _ = temporary.write_text("whole")
    >>> (folder / "note.txt").read_text()
    'whole'
    """
    path = Path(path)
    target = Path(os.path.realpath(path))  # a link keeps pointing to the file that is replaced
    try:
        is_folder = target.is_dir()
    except OSError as error:  # its name is too long
        raise cannot_write(path, error) from error
    if is_folder:
        raise SurjaxError(f"cannot write {path}: it is a folder; give the name of a file.")
    if not target.parent.is_dir():
        raise SurjaxError(f"cannot write {path}: there is no folder {path.parent}; make it first.")
    in_place = target.exists() and not target.is_file()
    temporary = target
    if not in_place:
        remove_left_behind(target.parent)
        temporary = temporary_beside(target)
    try:
        yield temporary
        if not in_place:
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            temporary.replace(target)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        if not in_place:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def temporary_beside(target: Path) -> Path:
    """A name in the same folder, of the same suffix, that says which process of which host writes there."""
    stem, suffix = target.stem, target.suffix
    while len(os.fsencode(f"{stem}{suffix}")) > 200 and stem:  # a name may have 255 bytes
        stem = stem[:-1]
    return target.with_name(f".{stem}-{_host()}-{os.getpid()}-{secrets.token_hex(4)}{suffix}")


def is_temporary(path: Path) -> bool:
    """Whether a file or folder has the name of one that `write_atomically` had not finished."""
    return bool(_TEMPORARY.fullmatch(path.name) or _EARLY.fullmatch(path.name))


def remove_left_behind(folder: Path) -> None:
    """Remove the temporary files in a folder whose writers were killed; each process looks once.

    Those of other hosts stay, as nobody here knows whether they are being written.
    """
    if folder in _SWEPT:
        return
    _SWEPT.add(folder)
    import psutil

    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            named = _TEMPORARY.fullmatch(path.name)
            if named is None or named["host"] != _host() or psutil.pid_exists(int(named["process"][:9])):
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


@functools.cache
def _host() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:4]


def make_folder(path: str | os.PathLike) -> Path:
    """Make a folder, and those it lies in, where they are not there; SurjaxError where it cannot be."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise SurjaxError(f"cannot make the folder {path}: a file of that name is there.") from error
    except OSError as error:
        raise cannot_write(path, error) from error
    return Path(path)
