"""What was written since a moment, in both homes, by this process and by others."""

import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.storage.folder import Folder
from hdsl.storage.pack import Pack
from hdsl.storage.store import Entry, Home, Store
from tests import warm

GREAT = 1_003
"""More elements than a folder looks over one by one."""

KINDS = pytest.mark.parametrize("kind", ["folder", "pack"])
SIZES = pytest.mark.parametrize("size", [6, GREAT])

OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["write", "write by view", "remove", "mark", "link", "elsewhere", "look"]),
        st.integers(0, 5),
        st.sampled_from(["", "a", "b\r\n", "提"]),
    ),
    max_size=12,
)


class Follower:
    """The texts of a store, known by its changes alone."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.moment: object = None
        self.texts: list[str | None] = []

    def follow(self) -> list[str | None]:
        self.moment, elements = self.store.changes(self.moment)
        if elements is None:
            self.texts = self.store.texts()
        else:
            for index in elements:
                self.texts[index] = self.store.read(index)
        return self.texts


def home_in(folder: str | Path, kind: str) -> Home:
    return Folder(Path(folder, "root")) if kind == "folder" else Pack(Path(folder, "texts.sqlite"))


def perform(operation: str, index: int, text: str, store: Store, view: Store, other: Store) -> None:
    match operation:
        case "write":
            store.write(index, Entry(text))
        case "write by view":
            view.write(index, Entry(text))
        case "remove":
            store.remove(index)
        case "mark":
            store.mark(index, 0.5)
        case "link":
            store.link(index, other, index)
        case "elsewhere":
            other.write(index, Entry(text))


@KINDS
@SIZES
@settings(max_examples=20, deadline=None)
@given(OPERATIONS)
def test_who_follows_the_changes_knows_the_texts(kind: str, size: int, operations: list[tuple[str, int, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = home_in(folder, kind)
        store, other, view = (home.new(uid, (size,)) for uid in ("store", "other", "view"))
        other.write(0, Entry("other"))
        for index in range(6):
            view.link(index, store, index)
        followers = [Follower(followed) for followed in (store, view)]
        for operation, index, text in operations:
            perform(operation, index, text, store, view, other)
            if operation == "look":
                for follower in followers:
                    follower.follow()
        for follower in followers:
            assert follower.follow() == [follower.store.read(index) for index in range(size)]
        home.close()


@KINDS
@SIZES
def test_another_home_of_the_same_place_sees_each_write(kind: str, size: int, tmp_path: Path) -> None:
    writer, reader = home_in(tmp_path, kind), home_in(tmp_path, kind)
    store = writer.new("tensor", (size,))
    store.fill({index: Entry(str(index)) for index in range(size)})
    follower = Follower(reader.open("tensor"))
    assert follower.follow() == [str(index) for index in range(size)]
    for index, text in enumerate(["a", "b", "a"]):
        store.write(index, Entry(text))
        writer.flush()
        assert follower.follow()[index] == text
    store.remove(2)
    writer.flush()
    assert follower.follow()[:4] == ["a", "b", None, "3"]


@KINDS
@SIZES
def test_writes_to_other_tensors_change_nothing(kind: str, size: int, tmp_path: Path) -> None:
    home = home_in(tmp_path, kind)
    store = home.new("tensor", (size,))
    store.write(1, Entry("a"))
    home.flush()
    follower = Follower(store)
    follower.follow()
    time.sleep(0.1)  # a file that is younger may be written again and look the same, so it is read again
    follower.follow()
    home.new("other", (size,)).write(1, Entry("b"))
    home.flush()
    elements = store.changes(follower.moment).elements
    assert elements is not None and not list(elements)


@KINDS
def test_a_tensor_that_comes_to_the_disk_later_is_seen(kind: str, tmp_path: Path) -> None:
    home = home_in(tmp_path, kind)
    store = home.new("tensor", (GREAT,))
    follower = Follower(store)
    assert follower.follow() == follower.follow() == [None] * GREAT
    store.fill({3: Entry("three")})
    assert follower.follow()[3] == "three"


def test_what_an_editor_writes_into_a_small_folder_is_seen_each_time(tmp_path: Path) -> None:
    store = Folder(tmp_path).new("tensor", (2,))
    store.fill({0: Entry("a"), 1: Entry("b")})
    follower = Follower(store)
    for text in ("c", "d", "c", "e"):
        store.path(1).write_text(text)
        assert follower.follow() == ["a", text]
    store.path(0).unlink()
    assert follower.follow() == [None, "e"]


def test_a_great_tensor_that_is_replaced_whole_is_read_anew(tmp_path: Path) -> None:
    home = Folder(tmp_path)
    home.new("tensor", (GREAT,)).fill({0: Entry("before")})
    follower = Follower(home.open("tensor"))
    assert follower.follow()[0] == "before"
    (tmp_path / "tensor").rename(tmp_path / "undone")
    home.new("tensor", (GREAT,)).fill({0: Entry("after")})
    assert follower.follow()[0] == "after"


def test_the_log_of_a_great_tensor_is_not_for_git(tmp_path: Path) -> None:
    home = Folder(tmp_path)
    home.new("tensor", (GREAT,)).fill({0: Entry("a")})
    Follower(home.open("tensor")).follow()
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    status = subprocess.run(
        ["git", "-C", str(tmp_path), "status", "--short", "-uall"], check=True, capture_output=True, text=True
    )
    assert sorted(status.stdout.split()) == ["??", "??", "tensor/shape", "tensor/storage/0/data"]


def test_a_long_log_is_begun_anew_by_who_comes_later_and_nothing_is_missed(tmp_path: Path) -> None:
    home = Folder(tmp_path)
    store = home.new("tensor", (GREAT,))
    store.fill({0: Entry("a")})
    early = Follower(store)
    early.follow()
    log = tmp_path / "tensor" / ".changes" / "log"
    log.write_bytes(b"0\n" * 600_000)
    late = Follower(home.open("tensor"))
    late.follow()
    store.write(7, Entry("b"))
    assert log.stat().st_size < 10
    assert early.follow()[7] == late.follow()[7] == "b"


@KINDS
def test_another_process_is_seen_at_once(kind: str, tmp_path: Path) -> None:
    home = home_in(tmp_path, kind)
    home.new("tensor", (GREAT,)).fill({0: Entry("a")})
    follower = Follower(home.open("tensor"))
    follower.follow()
    script = (
        "import sys\n"
        f"from hdsl.storage.{kind} import {type(home).__name__} as Home\n"
        "from hdsl.storage.store import Entry\n"
        "home = Home(sys.argv[1])\n"
        "home.open('tensor').write(1, Entry('from there'))\n"
        "home.close()\n"
    )
    warm.run(["-c", script, home.root], tmp_path).check_returncode()
    assert follower.follow()[:2] == ["a", "from there"]
