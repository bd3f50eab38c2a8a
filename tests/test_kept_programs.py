"""Compiled programs kept on disk: damaged, foreign and unwritable folders are passed over in silence."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from surjax.kept_programs import ProgramFolder, default_folder

SCRIPT = """
import jax, surjax.compilation
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
print(jax.jit(lambda x: (x * 2 + 1).sum())(jax.numpy.arange(3.0)))
"""


def run(folder: Path | str, **environment: str) -> subprocess.CompletedProcess:
    """Compile a small function in a process of its own."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT],
        env={**os.environ, "SURJAX_CACHE": str(folder), **environment},
        capture_output=True,
        text=True,
        check=True,
    )


def entries(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_second_process_takes_what_the_first_compiled_and_damage_is_mended(tmp_path):
    assert run(tmp_path).stdout == "9.0\n"
    first = {path: path.read_bytes() for path in entries(tmp_path)}
    assert first
    assert run(tmp_path).stdout == "9.0\n"
    assert {path: path.read_bytes() for path in entries(tmp_path)} == first
    damaged = {path: content[:-1] + bytes([content[-1] ^ 1]) for path, content in first.items()}
    for path, content in damaged.items():
        path.write_bytes(content)
    again = run(tmp_path)
    assert (again.stdout, again.stderr) == ("9.0\n", "")
    assert entries(tmp_path) == list(damaged)
    assert all(path.read_bytes() != content for path, content in damaged.items())


@pytest.mark.parametrize("damage", [b"", b"half", b"\0" * 4000])
def test_an_entry_that_has_changed_is_removed(tmp_path, damage):
    programs = ProgramFolder(tmp_path)
    programs.put("key", b"program")
    (entry,) = entries(tmp_path)
    entry.write_bytes(damage)
    assert programs.get("key") is None
    assert entries(tmp_path) == []


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path):
    file = tmp_path / "file"
    file.write_text("no folder")
    for folder in (tmp_path / "missing", file):
        programs = ProgramFolder(folder)
        programs.put("key", b"program")
        assert programs.get("key") is None
    assert run(file).stdout == "9.0\n"


def test_the_oldest_entries_go_where_there_is_no_more_room(tmp_path):
    programs = ProgramFolder(tmp_path, limit=2000)
    for i in range(4):
        programs.put(str(i), bytes(600))
        for path in entries(tmp_path):
            os.utime(path, (time.time() - 1000 + i, time.time() - 1000 + i) if i == 0 else None)
    programs.put("last", bytes(600))
    assert programs.get("0") is None
    assert programs.get("last") == bytes(600)


def test_off_keeps_nothing(tmp_path):
    run("off", XDG_CACHE_HOME=str(tmp_path))
    assert entries(tmp_path) == []


def test_the_default_folder_is_in_the_users_caches(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "surjax" / "programs"
