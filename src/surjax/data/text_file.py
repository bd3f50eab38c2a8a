"""Files of text, packed or not, in the encodings that people have them in."""

import codecs
import gzip
from pathlib import Path

from surjax.errors import DataError
from surjax.memory import free_host_memory

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ROOM = 8
"""How many times as much memory as its bytes a text and its table may take."""


def unpacked_text(path: Path, told: list[str] | None = None) -> str:
    """The text of a file, of one that gzip packed too.

    It is in UTF-8, or in UTF-16 where it begins with the mark of that; what is neither is read as
    Windows-1252, as older programs of Western Europe write, Latin-1 among them.

    Args:
        path: the file.
        told: gets a remark where it is not UTF-8.

    Raises:
        DataError: it is no text, damaged, or holds more than the memory does.
    """
    try:
        content = _content(path)
    except (EOFError, gzip.BadGzipFile) as error:
        raise DataError(f"cannot read {path}: it is damaged or cut short; write it again.") from error
    remarks = [] if told is None else told
    try:
        if content.startswith(_UTF_16):
            remarks.append("it is in UTF-16")
            return content.decode("utf-16")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if content.startswith(_UTF_16) or b"\0" in content:
            raise DataError(f"{path} is not text in UTF-8: save it as a CSV in UTF-8.") from error
    remarks.append("it is not in UTF-8 and is read as Windows-1252 (Latin-1)")
    return content.decode("cp1252", "replace")


def _content(path: Path) -> bytes:
    most = free_host_memory() // _ROOM
    packed = path.suffix.lower() == ".gz"
    with gzip.open(path, "rb") if packed else path.open("rb") as file:
        content = file.read(most)
        if file.read(1):
            raise DataError(
                f"{path} holds more than {most / 2**30:.1f} GiB of text, which the memory does not hold: "
                "divide it, or write it as Parquet."
            )
    return content
