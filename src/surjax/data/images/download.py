"""Fetching a published archive: checked, and placed whole or not at all."""

import contextlib
import hashlib
import http.client
import os
import secrets
import shutil
import tarfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from surjax.errors import DataError
from surjax.files import cannot_write, make_folder, write_atomically

_TIMEOUT_SECONDS = 30
_BLOCK = 1 << 18


def download(name: str, url: str, path: Path, md5: str) -> None:
    """Fetch a file, with a bar on stderr where that is a terminal.

    Args:
        name: what the file is, for the bar and for errors.
        url: where it is published.
        path: where it is to lie; its folder is made where it is not there.
        md5: of the published file.

    Raises:
        DataError: the site cannot be reached, or what came from it is not the published file.
        SurjaxError: the file cannot be written.
    """
    make_folder(path.parent)
    digest = hashlib.md5(usedforsecurity=False)
    with write_atomically(path) as temporary, temporary.open("wb") as file:
        for block in _blocks(name, url, path.parent):
            digest.update(block)
            file.write(block)
        if digest.hexdigest() != md5:
            raise DataError(
                f"what came from {url} has MD5 {digest.hexdigest()} and the published file has {md5}, so it "
                "was cut short or changed on the way: try again."
            )


def unpack(archive: Path, folder: Path, names: Sequence[str]) -> None:
    """Take the files of these names, which lie in a folder of `folder`'s name, out of a tar archive.

    Nothing else is taken, and the folder is there with all of them or not at all.

    Raises:
        DataError: the archive is damaged or lacks one.
        SurjaxError: the folder cannot be written.
    """
    temporary = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
    make_folder(temporary)
    try:
        with tarfile.open(archive) as tar:
            for name in names:
                member = tar.extractfile(f"{folder.name}/{name}")
                if member is None:
                    raise KeyError(name)
                with (temporary / name).open("wb") as file:
                    shutil.copyfileobj(member, file)
        temporary.replace(folder)
    except (tarfile.TarError, EOFError, KeyError) as error:
        raise DataError(f"cannot unpack {archive}: {error}; delete it and fetch it again.") from error
    except OSError as error:
        raise cannot_write(folder, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _blocks(name: str, url: str, folder: Path) -> Iterator[bytes]:
    """The content of a URL, piece by piece."""
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as response:
            total = int(response.headers.get("Content-Length") or 0) or None
            with _bar(name, total) as advance:
                while block := response.read(_BLOCK):
                    advance(len(block))
                    yield block
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise DataError(
            f"{name} is not in {folder} and {url} cannot be reached ({reason}): on a machine that is online "
            f"fetch {os.path.basename(url)} and put it into that folder, or say where the set lies with "
            "--data-dir."
        ) from error


@contextlib.contextmanager
def _bar(name: str, total: int | None) -> Iterator:
    from rich import progress
    from rich.console import Console

    console = Console(stderr=True)
    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"fetching {name}", total=total)
        yield lambda n: bar.advance(task, n)
