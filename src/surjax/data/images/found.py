"""Which files of a folder are its images."""

import collections
import dataclasses
import os
from pathlib import Path

from surjax.data.images.picture import SUFFIXES
from surjax.errors import DataError

_SYSTEM = ("__macosx", "thumbs.db", "desktop.ini")
"""Names, in small letters, of what systems leave in folders; so are all that begin with a dot."""


@dataclasses.dataclass(frozen=True)
class Found:
    """The files of a folder and of the folders in it.

    Attributes:
        images: those that are images by their names, in order.
        hidden: how many more there are with hidden names, or in hidden folders.
        others: how many files are no images by their names, and the suffixes of these.
    """

    images: list[Path]
    hidden: int
    others: collections.Counter[str]

    @property
    def remarks(self) -> list[str]:
        """What was passed over, a clause each."""
        remarks = [f"hidden files passed over: {self.hidden}"] if self.hidden else []
        if self.others:
            suffixes = ", ".join(suffix or "no suffix" for suffix, _ in self.others.most_common(5))
            remarks.append(f"files of other types passed over: {self.others.total()} ({suffixes})")
        return remarks


def find_images(folder: Path) -> Found:
    """Look through a folder and the folders in it, links to folders included.

    Names that begin with a dot, and others that systems leave behind, are passed over.

    Raises:
        DataError: there are no images, or a folder cannot be read.
    """
    images, hidden, others = [], 0, collections.Counter()
    seen = set()
    for name, folders, files in os.walk(folder, onerror=_refuse, followlinks=True):
        place = Path(name)
        status = place.stat()
        if (status.st_dev, status.st_ino) in seen:  # a link to a folder around it
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        for path in (place / file for file in files):
            suffix, passed_over = path.suffix.lower(), _left_behind(path.relative_to(folder))
            if suffix in SUFFIXES and (path.is_file() or path.is_symlink()):
                hidden += passed_over
                images += [] if passed_over else [path]
            elif not passed_over:
                others[suffix] += 1
    found = Found(sorted(images), hidden, others)
    if not images:
        but = f", but {'; '.join(found.remarks)}" if found.remarks else ""
        raise DataError(f"{folder} holds no images{but}: give a folder of {', '.join(SUFFIXES)} files.")
    return found


def _left_behind(path: Path) -> bool:
    """Whether a part of a path inside the folder is hidden, or what a system leaves there."""
    return any(part.startswith(".") or part.lower() in _SYSTEM for part in path.parts)


def _refuse(error: OSError) -> None:
    raise DataError(f"cannot read the folder {error.filename}: {error.strerror or error}.") from error
