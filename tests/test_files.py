import errno
import os
import pathlib
import re

import pytest

from surjax.errors import SurjaxError
from surjax.files import is_temporary, remove_left_behind, temporary_beside, write_atomically


def test_the_file_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")
    with write_atomically(path) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".csv"
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.csv"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_nothing_is_left_of_a_failure(tmp_path, error):
    path = tmp_path / "a.csv"
    path.write_text("old")

    def fail():
        with write_atomically(path) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.csv"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission is denied"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_refusals_of_the_system_are_told_in_a_sentence(tmp_path, code, reason):
    path = tmp_path / "a.npz"

    def fail():
        with write_atomically(path) as temporary:
            temporary.write_text("half")
            raise OSError(code, os.strerror(code), str(temporary))

    message = f"cannot write {re.escape(str(path))}: .*{reason}"
    with pytest.raises(SurjaxError, match=message) as caught:
        fail()
    assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == []


def test_a_full_disk():
    with (
        pytest.raises(SurjaxError, match="cannot write /dev/full: the disk is full"),
        write_atomically("/dev/full") as path,
    ):
        path.write_text("text")
    assert pathlib.Path("/dev/full").is_char_device()


def test_no_folder_and_a_folder(tmp_path):
    with pytest.raises(SurjaxError, match="there is no folder"), write_atomically(tmp_path / "b" / "a"):
        pass
    with pytest.raises(SurjaxError, match="it is a folder"), write_atomically(tmp_path):
        pass


def test_a_link_keeps_pointing_to_the_file(tmp_path):
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    with write_atomically(tmp_path / "link.txt") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


def test_what_killed_writers_left_is_removed_and_what_is_being_written_is_not(tmp_path, monkeypatch):
    ours = temporary_beside(tmp_path / "a.csv")
    ours.touch()
    names = [".b-ffff-1-0123abcd.csv", ".hidden", "c-0000-99999999-0123abcd.csv"]  # another host's, a user's
    for name in names:
        (tmp_path / name).touch()
    monkeypatch.setattr("psutil.pid_exists", lambda process: process == os.getpid())
    monkeypatch.setattr(os, "getpid", lambda: 99999999)
    left = [temporary_beside(tmp_path / "d.csv"), temporary_beside(tmp_path / "samples")]
    left[0].touch()
    left[1].mkdir()
    monkeypatch.undo()
    monkeypatch.setattr("psutil.pid_exists", lambda process: process == os.getpid())
    remove_left_behind(tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted([*names, ours.name])
    assert is_temporary(ours)


def test_a_name_as_long_as_names_may_be(tmp_path):
    with write_atomically(tmp_path / f"{'é' * 125}.csv") as temporary:
        temporary.touch()
    with (
        pytest.raises(SurjaxError, match="name is too long"),
        write_atomically(tmp_path / f"{'é' * 200}.csv"),
    ):
        pass
