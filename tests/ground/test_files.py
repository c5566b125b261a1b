"""Files are written whole or not at all, read only where they are files, and stay in their folder."""

import os
from pathlib import Path

import pytest

from hdsl.ground.files import OutsideFolderError, inside, make_private_file, read_regular, write_atomically


def test_a_new_file_has_the_umask_and_a_replaced_one_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "made" / "file"
    write_atomically(target, "one")
    assert target.read_text() == "one"
    target.chmod(0o640)
    write_atomically(target, b"two")
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("two", 0o640)
    write_atomically(target, "three", mode=0o600)
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in target.parent.iterdir()] == ["file"]


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_atomically(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        write_atomically(tmp_path / "folder", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, kind in ((tmp_path / "pipe", "a pipe"), (tmp_path, "a folder"), (Path("/dev/zero"), "a device")):
        with pytest.raises(OSError, match=kind):
            read_regular(path)
    (tmp_path / "file").write_bytes(b"12345")
    assert read_regular(tmp_path / "file", limit=5) == b"12345"
    with pytest.raises(OSError, match="larger than 4 bytes"):
        read_regular(tmp_path / "file", limit=4)


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "a/../../out", "link/out", "", "a\0b"])
def test_a_path_that_leaves_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    with pytest.raises(OutsideFolderError):
        inside(folder, name)
    assert inside(folder, "a/b") == folder / "a" / "b"


def test_a_private_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "secret"
    make_private_file(file, "first")
    make_private_file(file, "second")
    assert (file.read_text(), file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (
        "first",
        0o600,
        0o700,
    )
    assert [each.name for each in file.parent.iterdir()] == ["secret"]


def test_a_pipe_is_not_replaced_by_a_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    for name in ("pipe", "link"):
        with pytest.raises(OSError, match="is a pipe, not a file"):
            write_atomically(tmp_path / name, b"data")
    assert (tmp_path / "pipe").is_fifo() and len(list(tmp_path.iterdir())) == 2
