"""Compiled programs kept on disk, so that the next process of the same program need not compile it again.

JAX's own persistent cache writes an entry in place and believes what it reads. Here an entry is written
whole or not at all and carries its checksum; one that is damaged or foreign is passed over and removed, and a
folder that cannot be written keeps nothing: all of it in silence, because a program can always be compiled.
"""

import contextlib
import hashlib
import os
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path

ENVIRONMENT = "SURJAX_CACHE"
"""The environment variable that names the folder; "off" keeps nothing."""
LIMIT = 1 << 30
"""How many bytes are kept: beyond it the entries that were not used for longest go."""
_DIGEST = hashlib.sha256().digest_size


def default_folder() -> Path:
    """Where programs are kept by default: surjax/programs in the user's folder of caches."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path("~/.cache").expanduser()) / "surjax" / "programs"


def keep_programs() -> None:
    """Have JAX keep compiled programs in the folder that SURJAX_CACHE names, if it names one.

    Without the variable nothing changes, nor where JAX has been told a folder of its own
    (JAX_COMPILATION_CACHE_DIR), or has no such cache.
    """
    named = os.environ.get(ENVIRONMENT, "off")
    if named.lower() in ("", "off", "0"):
        return
    import jax

    if jax.config.jax_compilation_cache_dir is not None:  # type: ignore[attr-defined]
        return
    with contextlib.suppress(ImportError, AttributeError, OSError):
        from jax._src import compilation_cache

        folder = Path(named).expanduser() / _machine()
        if not hasattr(compilation_cache, "get_file_cache") or not _own(folder):
            return
        compilation_cache.get_file_cache = lambda path: (ProgramFolder(path), path)
        jax.config.update("jax_compilation_cache_dir", str(folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)  # many small ones add up


class ProgramFolder:
    """A folder of compiled programs, with the interface of JAX's caches.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     programs = ProgramFolder(folder)
    ...     programs.put("key", b"program")
    ...     programs.get("key"), programs.get("another")
    (b'program', None)
    """

    def __init__(self, path: str | Path, limit: int = LIMIT):
        self._path = Path(path)  # JAX asks for it by this name
        self._limit = limit
        self._written = limit  # so that the first entry of a process looks how much there is

    def get(self, key: str) -> bytes | None:
        """The program of this key; None where there is none, or what there is has changed."""
        path = self._entry(key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        program = content[_DIGEST:]
        with contextlib.suppress(OSError):
            if content[:_DIGEST] == _checksum(key, program):
                os.utime(path)  # it was used now
                return program
            path.unlink()
        return None

    def put(self, key: str, value: bytes) -> None:
        """Keep a program under a key; where the folder does not take it, nothing happens."""
        with contextlib.suppress(OSError):
            self._make_room(len(value))
            handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=self._path)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_checksum(key, value) + value)
                os.replace(temporary, self._entry(key))
            except BaseException:
                os.unlink(temporary)
                raise

    def clear(self) -> None:
        """Keep all of it: JAX forgets what is in memory alone."""

    def _entry(self, key: str) -> Path:
        return self._path / hashlib.sha256(key.encode()).hexdigest()

    def _make_room(self, size: int) -> None:
        """Remove the oldest entries where there are more bytes than the limit; looked at now and then."""
        self._written += size
        if self._written < self._limit // 16:
            return
        self._written = 0
        entries = []
        for path in self._path.iterdir():
            with contextlib.suppress(OSError):  # another process removed it
                stat = path.stat()
                entries.append((stat.st_mtime, stat.st_size, path))
        total = sum(length for _, length, _ in entries)
        for _, length, path in sorted(entries):
            if total <= self._limit:
                return
            with contextlib.suppress(OSError):
                path.unlink()
            total -= length


def _checksum(key: str, program: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\0" + program).digest()


def _machine() -> str:
    """A name for what programs are compiled for: a folder may be shared by machines with other processors."""
    parts = [platform.machine(), platform.python_version(), version("jax"), version("jaxlib")]
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as lines:
        parts += sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))})
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _own(folder: Path) -> bool:
    """Make the folder; whether no other user can write there, since what it holds is run."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stat = folder.stat()
    mine = not hasattr(os, "getuid") or stat.st_uid == os.getuid()
    return mine and not stat.st_mode & 0o022
