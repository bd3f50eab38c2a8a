"""The folder of a run, before there is anything in it."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from surjax.errors import RunError
from surjax.files import is_temporary, make_folder
from surjax.runs.lock import LOCK, require_unheld, sole_writer
from surjax.runs.record import RECORD
from surjax.runs.run import CHECKPOINTS, STAGES


def require_free(folder: Path) -> None:
    """RunError where something lies where the folder is to be; an empty folder will do.

    So will one with nothing but what a command left that was killed before it had begun: its lock and its
    temporary files.
    """
    try:
        os.fspath(folder.absolute()).encode()
    except UnicodeEncodeError:  # which those libraries cannot write that the run is written by
        raise RunError(f"the name {str(folder)!r} is not in UTF-8: name another folder with --out.") from None
    if (folder / RECORD).exists():
        require_unheld(folder)
        raise RunError(
            f"{folder} holds a run already: go on with it by --resume, or name another folder with --out."
        )
    if folder.exists() and not (folder.is_dir() and all(map(_is_left_behind, folder.iterdir()))):
        raise RunError(f"{folder} is there already and is no run: name another folder with --out.")


@contextlib.contextmanager
def new_folder(folder: Path) -> Iterator[None]:
    """Make a folder and hold it (see `sole_writer`); take it away where nothing was trained into it.

    Raises RunError where another process was faster, or is.
    """
    existed = folder.exists()
    with sole_writer(folder):
        require_free(folder)  # now that nobody else can begin
        try:
            yield
        except BaseException:
            if not _trained(folder):
                shutil.rmtree(folder, ignore_errors=True)
                if existed:
                    make_folder(folder)
            raise


def require_in_place(folder: Path) -> None:
    """RunError where a run's folder has been taken away under the training."""
    if not (folder / RECORD).is_file():
        raise RunError(
            f"{folder} was removed or moved away while it was trained into, so training has ended and what "
            "was trained since is lost: train again."
        )


def _is_left_behind(path: Path) -> bool:
    return path.name == LOCK or is_temporary(path)


def _trained(folder: Path) -> bool:
    """Whether there is a state to go on from, of the run or of a stage of it."""
    return any(
        path.name.isdigit()
        for checkpoints in (folder / CHECKPOINTS, *(folder / STAGES).glob(f"*/{CHECKPOINTS}"))
        for path in checkpoints.glob("*")
    )
