"""The pack: what is durable when, and what other processes see."""

import os
import signal
import sqlite3
import threading
from pathlib import Path

import pytest

from hdsl.storage.pack import Pack
from hdsl.storage.store import Entry
from hdsl.tensor.make import make_none_tensor, make_tensor, open_tensor
from hdsl.tensor.text_tensor import read_texts, store_of, write_text
from tests import warm
from tests.commands import until


def test_an_element_is_durable_soon_without_a_flush(tmp_path: Path) -> None:
    pack = Pack(tmp_path / "p.sqlite")
    tensor = make_none_tensor([2], pack)
    write_text(tensor, 1, "there", 0.5)
    reader = Pack(tmp_path / "p.sqlite")
    assert until(lambda: read_texts(open_tensor(reader, store_of(tensor).uid)) == [None, "there"])


def test_what_was_flushed_survives_a_kill(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from hdsl.tensor.make import make_none_tensor\n"
        "from hdsl.storage.pack import Pack\n"
        "from hdsl.tensor.text_tensor import store_of, write_text\n"
        "pack = Pack(sys.argv[1])\n"
        "tensor = make_none_tensor([3], pack)\n"
        "for index in range(3):\n"
        "    write_text(tensor, index, 'text %d' % index, -0.5, 'cause')\n"
        "pack.flush()\n"
        "print(store_of(tensor).uid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with warm.start(["-c", script, str(tmp_path / "p.sqlite")], tmp_path) as writer:
        assert writer.stdout is not None
        uid = writer.stdout.readline().strip()
        os.kill(writer.pid, signal.SIGKILL)
    tensor = open_tensor(Pack(tmp_path / "p.sqlite"), uid)
    assert read_texts(tensor) == ["text 0", "text 1", "text 2"]
    assert tensor.tolist() == [-0.5] * 3


def test_what_was_written_is_there_when_the_process_ends_without_closing(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from hdsl.storage.pack import Pack\n"
        "from hdsl.storage.store import Entry\n"
        "Pack(sys.argv[1]).new('named', (1,)).write(0, Entry('kept'))\n"
    )
    warm.run(["-c", script, str(tmp_path / "p.sqlite")], tmp_path).check_returncode()
    assert read_texts(open_tensor(Pack(tmp_path / "p.sqlite"), "named")) == ["kept"]


def test_one_file_holds_all_tensors(tmp_path: Path) -> None:
    pack = Pack(tmp_path / "p.sqlite")
    for index in range(20):
        make_tensor([f"{index}"] * 50, pack)
    pack.close()
    assert [path.name for path in tmp_path.iterdir()] == ["p.sqlite"]
    assert sqlite3.connect(tmp_path / "p.sqlite").execute("SELECT count(*) FROM elements").fetchone() == (1000,)


def test_who_writes_after_the_close_is_told(tmp_path: Path) -> None:
    pack = Pack(tmp_path / "texts.sqlite")
    store = pack.new("tensor", (2,))
    store.write(0, Entry("in time"))
    pack.close()
    with pytest.raises(OSError, match="closed"):
        store.write(1, Entry("too late"))
    assert Pack(tmp_path / "texts.sqlite").open("tensor").texts() == ["in time", None]


def test_closing_twice_is_fine(tmp_path: Path) -> None:
    pack = Pack(tmp_path / "p.sqlite")
    make_tensor(["a"], pack)
    pack.close()
    pack.close()


def test_what_is_stored_in_a_thread_before_it_runs_does_not_wait_for_who_starts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the collector closes a generator in a thread that is just beginning, and the generator stores a text."""
    store = store_of(make_tensor(["a", "b"], Pack(tmp_path / "pack.sqlite")))
    begin = threading.Thread._bootstrap_inner  # type: ignore[attr-defined]

    def bootstrap(thread: threading.Thread) -> None:
        if thread is not writer:
            store.write(1, Entry("from the new thread", 1.0, ""))
        begin(thread)

    def slept(seconds: float) -> None:
        if threading.get_ident() != writer.ident:
            store.write(1, Entry("from the new thread", 1.0, ""))

    monkeypatch.setattr(threading.Thread, "_bootstrap_inner", bootstrap)
    monkeypatch.setattr("hdsl.storage.batch.sleep", slept)
    store.home.flush()
    writer = threading.Thread(target=lambda: store.write(0, Entry("c", 1.0, "")), daemon=True)
    writer.start()
    writer.join(60)
    assert not writer.is_alive()
    until(lambda: store.read(1) == "from the new thread")
    assert store.read(0) == "c"
