"""Files that are written whole or not at all.

A file is written under another name in the folder where it is to lie, and renamed when it is complete.
A reader, or a program that is stopped half-way, never sees half a file, and what was there before stays
until the new one is ready.
"""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from surjax.errors import SurjaxError

_REASONS = {
    errno.ENOSPC: "the disk is full: free some space or write elsewhere",
    errno.EDQUOT: "your disk quota is used up: free some space or write elsewhere",
    errno.EROFS: "the file system is read-only: write elsewhere",
    errno.EACCES: "permission is denied: write elsewhere or change the permission",
    errno.EPERM: "permission is denied: write elsewhere or change the permission",
}


def cannot_write(path: str | os.PathLike, error: OSError) -> SurjaxError:
    """Say in one sentence why `path` could not be written.

    Args:
        path: the file or folder that the user asked for.
        error: what the operating system answered.

    Returns:
        The error to raise; it is not raised here.
    """
    reason = _REASONS.get(error.errno or 0) or error.strerror or str(error) or "it failed"
    return SurjaxError(f"cannot write {os.fspath(path)}: {reason}.")


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
    if target.is_dir():
        raise SurjaxError(f"cannot write {path}: it is a folder; give the name of a file.")
    if not target.parent.is_dir():
        raise SurjaxError(f"cannot write {path}: there is no folder {path.parent}; make it first.")
    in_place = target.exists() and not target.is_file()
    temporary = target
    if not in_place:
        temporary = target.with_name(f".{target.stem}-{secrets.token_hex(4)}{target.suffix}")
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


def make_folder(path: str | os.PathLike) -> Path:
    """Make a folder, and those it lies in, where they are not there; SurjaxError where it cannot be."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise SurjaxError(f"cannot make the folder {path}: a file of that name is there.") from error
    except OSError as error:
        raise cannot_write(path, error) from error
    return Path(path)
