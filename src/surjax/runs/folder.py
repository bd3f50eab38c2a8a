"""The folder of a run, before there is anything in it."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from surjax.errors import RunError
from surjax.files import make_folder
from surjax.runs.record import RECORD
from surjax.runs.run import CHECKPOINTS, STAGES


def require_free(folder: Path) -> None:
    """RunError where something lies where the folder is to be; an empty folder will do."""
    if (folder / RECORD).exists():
        raise RunError(
            f"{folder} holds a run already: go on with it by --resume, or name another folder with --out."
        )
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise RunError(f"{folder} is there already and is no run: name another folder with --out.")


@contextlib.contextmanager
def new_folder(folder: Path) -> Iterator[None]:
    """Make a folder, and take it away again where nothing was trained into it."""
    existed = folder.exists()
    make_folder(folder)
    try:
        yield
    except BaseException:
        if not _trained(folder):
            shutil.rmtree(folder, ignore_errors=True)
            if existed:
                make_folder(folder)
        raise


def _trained(folder: Path) -> bool:
    """Whether there is a state to go on from, of the run or of a stage of it."""
    return any(
        path.name.isdigit()
        for checkpoints in (folder / CHECKPOINTS, *(folder / STAGES).glob(f"*/{CHECKPOINTS}"))
        for path in checkpoints.glob("*")
    )
