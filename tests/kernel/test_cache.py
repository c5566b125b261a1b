"""The store of answers: bounded, shared by processes, and of no harm where it cannot be used."""

import multiprocessing
import os
import sqlite3
from pathlib import Path

import pytest

from hdsl.kernel.cache import AnswerStore


def test_what_was_longest_not_used_goes_first(tmp_path: Path) -> None:
    store = AnswerStore(tmp_path / "answers.sqlite", largest=3000)
    for name in "abc":
        store.put(name, name * 700)
    assert store.get("a") == "a" * 700
    store.put("d", "d" * 700)
    assert [store.get(name) is not None for name in "abcd"] == [True, False, True, True]
    store.put("huge", "x" * 4000)
    assert store.get("huge") is None


def test_an_answer_outlives_the_process_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "answers.sqlite"
    first = AnswerStore(path, 10_000)
    first.put("half", "text \ud800 end")
    first.put("key", "later")
    first.close()
    assert AnswerStore(path, 10_000).get("key") == "later"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("content", [b"this is not a database" * 100, b"\0" * 5000])
def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "answers.sqlite"
    path.write_bytes(content)
    store = AnswerStore(path, 10_000)
    store.put("key", "text")
    assert store.get("key") is None
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = AnswerStore(tmp_path / "file" / "answers.sqlite", 10_000)
    store.put("key", "text")
    assert store.get("key") is None


def put_many(path: Path, name: str) -> None:
    store = AnswerStore(path, 40_000)
    for number in range(60):
        store.put(f"{name}{number}", "x" * 300)
        store.get(f"{name}{number}")
    os._exit(0 if store.get(f"{name}59") is not None else 1)


def test_several_processes_at_once_lose_nothing_and_keep_the_bound(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=put_many, args=(path, name)) for name in "abc"]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    with sqlite3.connect(path) as database:
        (total,) = database.execute("SELECT sum(size) FROM answers").fetchone()
    assert 0 < total <= 40_000
