"""Files that must be what their authors published, byte for byte."""

import hashlib
import os
from pathlib import Path

from surjax.errors import DataError


def read_bytes(path: str | os.PathLike) -> bytes:
    """The content of a file, or DataError where it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}.") from error


def require_md5(path: str | os.PathLike, content: bytes, md5: str) -> None:
    """DataError where the MD5 of what was read of a file is not the published one."""
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != md5:
        raise DataError(
            f"{path} has MD5 {found} and the published file has {md5}, so it is damaged or another file: "
            "delete it and fetch it again."
        )
